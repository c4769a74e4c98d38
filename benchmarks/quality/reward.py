"""Measures the reward ensemble on problems that it was not fitted on.

    python benchmarks/quality/reward.py TASKS [--recorded FILE] [--without MODEL]... [--limit N]
        [--rows FILE.json] [--out REWARD.json] [--generic] [--picture FILE.svg]

All models vote on every task, as `coterie evaluate --policy vote` has them; every candidate is
scored by the task's test. A third of the problems, drawn with a seed, is what rewards are fitted
on and thresholds are chosen on; everything else that is printed comes from the other two thirds:
how well the share of the votes and the reward tell the right from the wrong first ones, how true
they are, and what they hide where 95 % of the right ones shall stay. `--rows` keeps what was heard,
so that a second run needs no model. `--out` writes the reward, fitted on the third; with
`--generic` it does not know the models by name, so it may judge others. Prints tables for
docs/measurements.md and, as the last line, one JSON document.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from benchmarks.quality.reliability_picture import reliability_picture
from ensemble.candidate import Candidate
from ensemble.evaluation.reward_crossfit import cross_fit
from ensemble.evaluation.tasks import Task, read_tasks
from ensemble.linear.cross_validation import held_out_loss
from ensemble.linear.feature_table import FeatureTable
from ensemble.reward.calibration import (
    area_under_curve,
    calibration_error,
    reliability,
    threshold_keeping,
)
from ensemble.reward.candidate_features import ElectionContext, candidate_features, family_of
from ensemble.reward.feature_choice import FeatureChoice, choose_features, table_of
from ensemble.reward.reward_files import save
from ensemble.reward.reward_fitting import KEPT, fit_reward
from ensemble.reward.reward_model import Combination, Reward
from ensemble.reward.reward_rows import RewardRow, elections, first_ones, problems_of
from ensemble.voting.vote import Ballot, elect
from lsp_server.commands.evaluation.evaluate import EvaluateOptions, measured

SEED = 5
RESAMPLES = 1_000
COMBINATIONS = (
    ("mean", Combination.MEAN, 0.0),
    ("minimum", Combination.MINIMUM, 0.0),
    ("mean − ½σ", Combination.CAUTIOUS, 0.5),
    ("mean − σ", Combination.CAUTIOUS, 1.0),
    ("mean − 2σ", Combination.CAUTIOUS, 2.0),
)


class Figures(msgspec.Struct, frozen=True):
    """What scores are worth on the first ones: `right` is the part that is right, `kept` and
    `hidden` the parts of the right and of the wrong ones at or above and below `threshold`."""

    holes: int
    right: float
    auc: float
    calibration_error: float
    threshold: float
    kept: float
    hidden: float


@dataclass(frozen=True)
class Split:
    """The rows of the problems that rewards are fitted on, and of the others."""

    fitting: list[RewardRow]
    held_out: list[RewardRow]

    @classmethod
    def of(cls, rows: Sequence[RewardRow]) -> Split:
        problems = sorted(problems_of(rows))
        random.Random(SEED).shuffle(problems)
        third = set(problems[: len(problems) // 3])
        return cls(
            [row for row in rows if row.problem in third],
            [row for row in rows if row.problem not in third],
        )


def heard(options: argparse.Namespace) -> list[RewardRow]:
    """Return what every model's candidates are worth, from a file if they are known."""
    if options.rows is not None and options.rows.exists():
        return msgspec.json.decode(options.rows.read_bytes(), type=list[RewardRow])
    with tempfile.TemporaryDirectory() as folder:
        recorded = tuple(without(f, options.without, Path(folder)) for f in options.recorded)
        request = EvaluateOptions(
            options.tasks, policies=("reward",), recorded=recorded, limit=options.limit
        )
        found = measured(request).crossfit
    assert found is not None, "the policy `reward` is fitted crosswise"
    if options.rows is not None:
        options.rows.write_bytes(msgspec.json.encode(found.rows))
    return list(found.rows)


def without(file: Path, models: Sequence[str], folder: Path) -> Path:
    """Return a file of recordings without those of some models."""
    data = file.read_bytes()
    lines = (gzip.decompress(data) if file.suffix == ".gz" else data).splitlines(keepends=True)
    target = folder / f"{file.name.partition('.')[0]}.jsonl"
    target.write_bytes(b"".join(ln for ln in lines if json.loads(ln)["model"] not in models))
    return target


def figures(rows: Sequence[RewardRow], scores: Sequence[float], threshold: float) -> Figures:
    """Return what scores are worth on the rows that they put first."""
    return figures_of(rows, scores, first_ones(rows, scores), threshold)


def figures_of(
    rows: Sequence[RewardRow], scores: Sequence[float], firsts: Sequence[int], threshold: float
) -> Figures:
    """Return what scores are worth on chosen rows."""
    chosen, right = [scores[i] for i in firsts], [rows[i].right for i in firsts]
    good = [s for s, is_right in zip(chosen, right, strict=True) if is_right]
    bad = [s for s, is_right in zip(chosen, right, strict=True) if not is_right]
    return Figures(
        len(firsts),
        sum(right) / len(right),
        area_under_curve(chosen, right),
        calibration_error(chosen, right),
        threshold,
        1 - part_below(good, threshold),
        part_below(bad, threshold),
    )


def part_below(scores: Sequence[float], threshold: float) -> float:
    """Return which part of the scores lies below a threshold; 0 of none."""
    return sum(score < threshold for score in scores) / max(1, len(scores))


def shares(rows: Sequence[RewardRow]) -> tuple[list[float], list[int]]:
    """Return each row's share of the votes, and which rows the vote puts first."""
    firsts = [indices[0] for indices in elections(rows).values()]
    return [row.features["share"] for row in rows], firsts


def before(split: Split) -> Figures:
    """Return what the share of the votes is worth as a score, its threshold from the third."""
    scores, firsts = shares(split.held_out)
    return figures_of(split.held_out, scores, firsts, keeping(split, shares(split.fitting)[0]))


def keeping(split: Split, scores: Sequence[float]) -> float:
    """Return the threshold that keeps enough of what the vote puts first on the fitting third."""
    firsts = shares(split.fitting)[1]
    right = [split.fitting[i].right for i in firsts]
    return threshold_keeping([scores[i] for i in firsts], right, KEPT)


def after(split: Split, reward: Reward) -> Figures:
    """Return what a reward is worth on the held-out rows that it puts first."""
    scores = [reward.judge(row.features).reward for row in split.held_out]
    return figures(split.held_out, scores, reward.keeps)


def on_the_votes_choice(split: Split, reward: Reward) -> Figures:
    """Return what a reward is worth on the held-out rows that the vote puts first: how well it
    tells right from wrong where it changes nothing."""
    scores = [reward.judge(row.features).reward for row in split.held_out]
    crossed = cross_fit(split.fitting)
    if crossed.failure:
        raise SystemExit(f"{crossed.failure}. Give more tasks.")
    threshold = keeping(split, crossed.scores)
    return figures_of(split.held_out, scores, shares(split.held_out)[1], threshold)


def row(name: str, found: Figures) -> str:
    """Return one row of the documentation's table."""
    return (
        f"| {name} | {found.right:.1%} | {found.auc:.3f} | {found.calibration_error:.3f} "
        f"| {found.kept:.1%} | {found.hidden:.1%} |"
    )


def gains(rows: Sequence[RewardRow], choice: FeatureChoice) -> dict[str, float]:
    """Return by how many thousandths of a nat the fitting third, held out in parts, is predicted
    better with each family of features than without it."""
    table = table_of(rows, choice.names)
    known = held_out_loss(table, choice.names, choice.ridge)
    return {
        family: 1000 * (_loss_without(family, table, choice) - known)
        for family in sorted({family_of(name) for name in choice.names})
    }


def _loss_without(family: str, table: FeatureTable, choice: FeatureChoice) -> float:
    left = [name for name in choice.names if family_of(name) != family]
    return held_out_loss(table, left, choice.ridge)


def interval(split: Split, reward: Reward) -> dict[str, tuple[float, float]]:
    """Return the 95 % intervals, bootstrapped by problem, of what the reward gains on the vote:
    in right first ones, and in the area under the curve on the vote's own choice."""
    rows = split.held_out
    scores = [reward.judge(row.features).reward for row in rows]
    ours, theirs = first_ones(rows, scores), shares(rows)[1]
    places: dict[str, list[int]] = {}
    for place, index in enumerate(theirs):
        places.setdefault(rows[index].problem, []).append(place)
    chance, problems, found = random.Random(SEED), list(places), []
    for _ in range(RESAMPLES):
        drawn = [
            p for problem in chance.choices(problems, k=len(problems)) for p in places[problem]
        ]
        voted = [theirs[place] for place in drawn]
        right = [rows[index].right for index in voted]
        gain = sum(rows[ours[p]].right - rows[theirs[p]].right for p in drawn) / len(drawn)
        by_reward = area_under_curve([scores[index] for index in voted], right)
        by_share = area_under_curve([rows[index].features["share"] for index in voted], right)
        found.append((gain, by_reward - by_share))
    return {
        name: _middle([values[number] for values in found])
        for number, name in enumerate(("right", "auc"))
    }


def _middle(values: Sequence[float]) -> tuple[float, float]:
    ordered = sorted(values)
    return ordered[int(0.025 * len(ordered))], ordered[int(0.975 * len(ordered)) - 1]


def fewer_wrong(split: Split, reward: Reward) -> tuple[float, float]:
    """Return by which part wrong and right ones that are shown become more or fewer, if the reward
    chooses and hides what is below its threshold, instead of showing what the vote chose."""
    rows = split.held_out
    scores = [reward.judge(row.features).reward for row in rows]
    ours = [rows[i].right for i in first_ones(rows, scores) if scores[i] >= reward.keeps]
    theirs = [rows[i].right for i in shares(rows)[1]]
    return (
        ours.count(False) / theirs.count(False) - 1,
        ours.count(True) / theirs.count(True) - 1,
    )


def one_scorer(split: Split, reward: Reward) -> Figures:
    """Return the mean figures of the reward's scorers when each is alone."""
    alone = [
        after(split, msgspec.structs.replace(reward, scorers=(scorer,)))
        for scorer in reward.scorers
    ]
    means = {
        field: sum(getattr(found, field) for found in alone) / len(alone)
        for field in Figures.__struct_fields__
    }
    return msgspec.convert({**means, "holes": alone[0].holes}, Figures)


def microseconds(split: Split, reward: Reward, tasks: Sequence[Task]) -> dict[str, float]:
    """Return how much processor time one group takes: to find its features, in votes of five
    candidates for real holes with three different lines of the same tasks, and to judge them."""
    votes = [
        (
            ElectionContext(task.hole),
            elect(_ballots([other.canonical_solution for other in others])),
        )
        for task, *others in zip(tasks, tasks, tasks[1:], tasks[2:], strict=False)
    ]
    started = time.process_time()
    groups = sum(len(candidate_features(vote, scene)) for scene, vote in votes)
    found = (time.process_time() - started) / groups
    started = time.process_time()
    for held in split.held_out:
        reward.judge(held.features)
    judged = (time.process_time() - started) / len(split.held_out)
    return {"features": found * 1e6, "judging": judged * 1e6}


def _ballots(lines: Sequence[str]) -> list[Ballot]:
    chosen = [lines[0], lines[0], lines[0], *lines[1:]]
    logprobs = tuple(-0.1 * number for number in range(12))
    return [Ballot(Candidate(text, "small", logprobs), text, text.strip()) for text in chosen]


def draw(split: Split, reward: Reward, file: Path, title: str) -> None:
    """Draw how true the share of the votes and the reward are."""
    rows = split.held_out
    rewards = [reward.judge(row.features).reward for row in rows]
    by_share, voted = shares(rows)
    series = {
        f"share of the votes, error {before(split).calibration_error:.3f}": (by_share, voted),
        f"reward, error {after(split, reward).calibration_error:.3f}": (
            rewards, first_ones(rows, rewards),
        ),
    }  # fmt: skip
    points = {
        name: reliability([scores[i] for i in firsts], [rows[i].right for i in firsts])
        for name, (scores, firsts) in series.items()
    }
    file.write_text(reliability_picture(points, title), encoding="utf-8")


def parsed() -> argparse.Namespace:
    arguments = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    arguments.add_argument("tasks", type=Path)
    arguments.add_argument("--recorded", action="append", type=Path, default=[])
    arguments.add_argument("--without", action="append", default=[], metavar="MODEL")
    arguments.add_argument("--limit", type=int)
    arguments.add_argument("--rows", type=Path, metavar="FILE.json")
    arguments.add_argument("--out", type=Path, metavar="REWARD.json")
    arguments.add_argument("--generic", action="store_true")
    arguments.add_argument("--picture", type=Path, metavar="FILE.svg")
    return arguments.parse_args()


def main() -> None:
    """Measure, print and draw."""
    options = parsed()
    split = Split.of(heard(options))
    by_model, subject = not options.generic, options.tasks.name.partition(".")[0]
    problems = len(problems_of(split.fitting))
    started = time.process_time()
    fitted_on = f"{subject}: {problems} problems, a third (seed {SEED})"
    choice = choose_features(split.fitting, by_model=by_model)
    rewards = {
        name: fit_reward(split.fitting, fitted_on, combination=combination, k=k, choice=choice)
        for name, combination, k in COMBINATIONS
    }
    reward = rewards["mean"]
    seconds = (time.process_time() - started) / len(rewards)
    table = {
        "share of the votes": before(split),
        "reward, on the vote's choice": on_the_votes_choice(split, reward),
        "reward, one scorer": one_scorer(split, reward),
        **{f"reward, {name}": after(split, found) for name, found in rewards.items()},
    }
    print("| score | right | AUC | calibration error | right ones kept | wrong ones hidden |")
    print("|---|---|---|---|---|---|")
    print("\n".join(row(name, found) for name, found in table.items()))
    useful = gains(split.fitting, choice)
    ranked = sorted(useful, key=lambda family: -useful[family])
    print("gains, mnat:", ", ".join(f"{family} {useful[family]:.1f}" for family in ranked))
    print("removed:", ", ".join(choice.removed))
    if options.out:
        save(reward, options.out)
    if options.picture:
        draw(split, reward, options.picture, f"{subject}: how true scores are, held-out problems")
    gained = fewer_wrong(split, reward)
    print(f"wrong ones shown: {gained[0]:+.1%}; right ones shown: {gained[1]:+.1%}")
    document = {
        "fitted_on": fitted_on, "held_out": len(problems_of(split.held_out)),
        "figures": table, "gains": interval(split, reward), "features": useful,
        "removed": choice.removed, "fit_seconds": seconds,
        "microseconds": microseconds(split, reward, read_tasks(options.tasks)),
    }  # fmt: skip
    print(msgspec.json.encode(document).decode())


if __name__ == "__main__":
    main()
