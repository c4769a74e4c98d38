"""The vote: which of the candidates the models agree on, and how far they agree.

`elect` is a pure function. It knows nothing of thresholds: `voting.deferral` compares its shares
with what a policy demands.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from math import fsum, isinf, sqrt

from code_checks.verdict import Outcome, Verdict
from ensemble.candidate import Candidate

FAILED_BALLOT = 0.25
"""How much of its weight a candidate that failed a check holds against the others' agreement.

A failed candidate is half a dissenter and half an absentee. On the recorded one-line holes (457
holes, every three of four models, compared by syntax tree), the text that two models agreed on was
the original one in 58 % of the cases where the third wrote something else that passed (413 cases, a
share of 0.67), in 84 % where the third failed its check (77 cases), and in 96 % where all three
agreed (924 cases, a share of 1); a text that stood alone because both others failed was the
original in 60 % (48 cases). Counting a failed ballot as a quarter gives these strata the shares
0.67, 0.89, 1 and 0.67, so equal shares mean equal trust. Leaving failed ballots out would call the
84 % and the 60 % unanimous; counting them fully would rank the 84 % with the 58 %.
"""


Precedence = tuple[float, int, float, int, int, int, str, str]
"""By what equals are ordered; the smaller one comes first."""

TESTS = "tests"
"""The name of the check that runs visible tests."""


@dataclass(frozen=True, slots=True)
class Behavior:
    """What a candidate did when it was run with tests or inputs that nobody vouches for.

    Equal `key`s mean equal behavior: the same tests passed, or the same results. `score` is the
    weight of the tests passed; it is 1 where only results are compared, and 0 says that nothing
    was learned.
    """

    key: Hashable
    score: float


@dataclass(frozen=True, slots=True)
class Ballot:
    """A candidate as trimmed to the hole, the verdicts of the checks, and what it counts as."""

    candidate: Candidate
    """The candidate as the model wrote it."""
    text: str
    """The text that would go into the hole."""
    key: Hashable
    """What makes it a vote for the same text as others: equal keys are such votes, however the
    texts are written."""
    verdicts: tuple[Verdict, ...] = ()
    """What each check said of the text in place."""
    weight: float = 1.0
    """What one vote of its model is worth."""
    tier: int = 0
    """The index of the tier that asked for it."""
    behavior: Behavior | None = None
    """What it did when it was run; None if it was not run. Equal behaviors are votes for the same
    program."""
    place: int = 0
    """Its model's place in the policy's order of preference, the best one 0."""

    @property
    def tested(self) -> bool:
        """Whether it passed visible tests, and nothing refused it."""
        passed = any(v.check == TESTS and v.outcome is Outcome.PASS for v in self.verdicts)
        return passed and not self.failed

    def said_by(self, check: str) -> str:
        """Return the detail of what a check said last, "" if it said nothing."""
        return next((v.detail for v in reversed(self.verdicts) if v.check == check), "")

    @property
    def failed(self) -> bool:
        """Whether some check refused it."""
        return any(verdict.outcome is Outcome.FAIL for verdict in self.verdicts)

    @property
    def verified(self) -> bool:
        """Whether some check passed it and none refused it: to be skipped proves nothing."""
        return not self.failed and any(v.outcome is Outcome.PASS for v in self.verdicts)

    @property
    def silent(self) -> bool:
        """Whether it says that nothing belongs into the hole."""
        return not self.text.strip()

    @property
    def confidence(self) -> float:
        """The mean log-probability of a token; minus infinity where the model does not tell."""
        mean = self.candidate.mean_logprob
        return float("-inf") if mean is None else mean

    @property
    def _unproven(self) -> tuple[bool, int]:
        """How little is proven of it: the least for what passed and was skipped by no check."""
        return not self.verified, sum(v.outcome is Outcome.SKIP for v in self.verdicts)

    @property
    def _precedence(self) -> Precedence:
        """The order among equals: higher confidence; where a model tells none, the better model;
        then shorter, then earlier. The rest only keeps the order total.

        Without the better model's precedence the shorter of two equally supported texts would
        win: on recorded one-line holes that costs a vote of three models all of its gain.
        """
        branch, model = self.candidate.branch, self.candidate.model
        unknown = isinf(self.confidence)
        better = (self.place, -self.weight) if unknown else (0, 0.0)
        return (-self.confidence, *better, len(self.text), self.tier, branch, model, self.text)


@dataclass(frozen=True, slots=True)
class Group:
    """The ballots for one text or one behavior."""

    ballots: tuple[Ballot, ...]
    """The ballots; the one that speaks for them comes first."""
    weight: float
    """The weight of the ballots together."""
    score: float
    """The number by which groups are ordered."""

    @property
    def speaker(self) -> Ballot:
        return self.ballots[0]

    @property
    def length(self) -> int:
        """The characters of its shortest text, without white space around it."""
        return min(len(ballot.text.strip()) for ballot in self.ballots)


@dataclass(frozen=True, slots=True)
class Election:
    """The outcome of a vote. All figures are weights."""

    groups: tuple[Group, ...]
    """The groups of ballots that no check failed, the strongest first."""
    silence: float
    """The weight of the ballots for no text at all."""
    cast: float
    """The weight of all ballots; failed ones count as `FAILED_BALLOT`."""
    outstanding: float = 0.0
    """The weight of the candidates that were asked for and have not finished."""

    @property
    def winner(self) -> Ballot | None:
        """The ballot that speaks for the strongest group, or None if nothing passed."""
        return self.groups[0].speaker if self.groups else None

    @property
    def share(self) -> float:
        """The winner's part of everything that was asked for, as if all who have not finished
        will dissent: a lower bound while the vote is open, and exact when it is closed."""
        return self.share_of(self.groups[0].weight) if self.groups else 0.0

    @property
    def agreement(self) -> float:
        """The winner's part of what has been cast so far."""
        return self.groups[0].weight / self.cast if self.groups else 0.0

    @property
    def silence_share(self) -> float:
        """The part of those who say that nothing belongs into the hole."""
        return self.share_of(self.silence)

    def share_of(self, weight: float) -> float:
        """Return which part of everything that was asked for this weight is."""
        everything = self.cast + self.outstanding
        return weight / everything if everything else 0.0


def elect(
    ballots: Iterable[Ballot], outstanding: float = 0.0, *, vote_chars: int | None = None
) -> Election:
    """Count the ballots: the same ballots in any order give the same election.

    A ballot that failed a check is no vote for its text, but weakens every share by a quarter of
    its weight (see `FAILED_BALLOT`). An empty ballot votes for silence: it speaks against every
    text with its full weight, and never wins here. In a group what the checks passed speaks before
    what they had to skip. Groups of equal weight are ordered by their speakers: higher confidence
    or, where models tell none, the better model; then shorter, then earlier (by tier, then by
    branch). `outstanding` is the weight of the candidates that have not finished.

    Votes for a text of more than `vote_chars` characters do not add up: its score is its weightiest
    vote. What agreement says of short texts it does not say of long ones.

    Where candidates were run, those that behave alike are one group, and groups are ordered by the
    square root of their weight times the score of their behavior (CodeT, Chen et al. 2022). A group
    that passed visible tests comes before every group that could not be tested.
    """
    ballots = tuple(ballots)
    members: defaultdict[Hashable, list[Ballot]] = defaultdict(list)
    for ballot in ballots:
        if not ballot.failed and not ballot.silent:
            members[_kind(ballot)].append(ballot)
    were_run = any(ballot.behavior is not None for ballot in ballots)
    groups = (_group(m, were_run=were_run, vote_chars=vote_chars) for m in members.values())
    return Election(
        groups=tuple(sorted(groups, key=lambda group: _rank(group, were_run=were_run))),
        silence=fsum(b.weight for b in ballots if b.silent and not b.failed),
        cast=fsum(b.weight * (FAILED_BALLOT if b.failed else 1.0) for b in ballots),
        outstanding=outstanding,
    )


def _kind(ballot: Ballot) -> Hashable:
    """Return what makes ballots votes for the same thing."""
    behavior = ballot.behavior
    if behavior is None or behavior.score <= 0:
        return "text", ballot.key, ballot.tested
    return "behavior", behavior.key, ballot.tested


def _group(ballots: list[Ballot], *, were_run: bool, vote_chars: int | None) -> Group:
    ordered = tuple(sorted(ballots, key=lambda ballot: (ballot._unproven, ballot._precedence)))
    weight, behavior = fsum(ballot.weight for ballot in ordered), ordered[0].behavior
    group = Group(ordered, weight, weight)
    if were_run:
        return replace(group, score=sqrt(weight) * behavior.score if behavior else 0.0)
    if vote_chars is not None and group.length > vote_chars:
        return replace(group, score=max(ballot.weight for ballot in ordered))
    return group


def _rank(group: Group, *, were_run: bool) -> tuple[bool, float, float, Precedence]:
    speaker = group.speaker
    return not speaker.tested, -group.score, were_run * -group.weight, speaker._precedence


def best_refused(ballots: Iterable[Ballot], passed: Mapping[str, int]) -> tuple[Ballot, ...]:
    """Return the ballots that nothing but visible tests refused and that passed most of them, of
    the last tier that has such, as unverified ones: what the tests said stays, but removes nothing.

    `passed` says how many of the tests each text passed.
    """
    refused = [b for b in ballots if [v.check for v in b.verdicts if _refuses(v)] == [TESTS]]
    rank = max(((passed[b.text], b.tier) for b in refused), default=None)
    return tuple(
        replace(
            b,
            verdicts=tuple(
                replace(v, outcome=Outcome.SKIP) if _refuses(v) else v for v in b.verdicts
            ),
        )
        for b in refused
        if (passed[b.text], b.tier) == rank
    )


def _refuses(verdict: Verdict) -> bool:
    return verdict.outcome is Outcome.FAIL
