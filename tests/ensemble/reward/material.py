"""Elections, rows and rewards for tests, said briefly."""

from __future__ import annotations

import random
from collections.abc import Sequence

from code_checks.verdict import Outcome, Verdict
from ensemble.candidate import Candidate, StopReason
from ensemble.linear.linear_scorer import Column, Features, LinearScorer
from ensemble.reward.reward_model import Calibration, Combination, Reward
from ensemble.reward.reward_rows import RewardRow
from ensemble.voting.vote import Ballot, Election, elect


def ballot(
    text: str,
    model: str = "small",
    *,
    logprobs: Sequence[float] = (),
    verdicts: str = "syntax+",
    weight: float = 1.0,
    tier: int = 0,
    stop: StopReason = StopReason.END,
) -> Ballot:
    """Return a ballot; `verdicts` names checks and outcomes: + passed, - failed, ? skipped."""
    marks = {"+": Outcome.PASS, "-": Outcome.FAIL, "?": Outcome.SKIP}
    said = tuple(Verdict(check[:-1], marks[check[-1]]) for check in verdicts.split())
    candidate = Candidate(text, model, tuple(logprobs), stop)
    return Ballot(candidate, text, text.strip(), said, weight, tier)


def election(*ballots: Ballot) -> Election:
    """Return the vote of these ballots."""
    return elect(ballots)


def rows(problems: int, seed: int = 0, *, signal: float = 3.0) -> list[RewardRow]:
    """Return rows of two holes for each problem, two groups each.

    How likely a group is right follows from `share` with the strength `signal`, and from whether
    the model `good` stands for it; `chars` says nothing.
    """
    chance = random.Random(seed)
    made = []
    for problem in range(problems):
        for hole in range(2):
            share = chance.uniform(0.5, 1.0)
            for part in (share, 1 - share):
                good = float(chance.random() < 0.5)
                features: Features = {"share": part, "chars": chance.gauss(3, 1), "syntax": 1.0}
                if good:
                    features["backed:good"] = 1.0
                odds = signal * (4 * part - 2 + 0.5 * (2 * good - 1))
                right = chance.random() < 1 / (1 + 2.718281828**-odds)
                made.append(RewardRow(features, right, f"{problem}/{hole}", f"{problem}"))
    return made


def reward(
    *columns: tuple[str, float],
    scorers: Sequence[tuple[float, float]] = ((0.0, 1.0),),
    combination: Combination = Combination.MEAN,
    k: float = 1.0,
) -> Reward:
    """Return a reward over features with these weights, mean 0 and scale 1.

    Each of `scorers` is an intercept and a factor for the weights.
    """
    return Reward(
        fitted_on="a test",
        rows=40, holes=20, problems=10,
        combination=combination, k=k, ridge=1.0,
        calibration=Calibration(),
        keeps=0.5,
        columns=tuple(Column(name, 0.0, 1.0) for name, _ in columns),
        scorers=tuple(
            LinearScorer(intercept, tuple(factor * weight for _, weight in columns))
            for intercept, factor in scorers
        ),
    )  # fmt: skip
