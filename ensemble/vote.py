"""The vote: which of the candidates the models agree on, and how far they agree.

`elect` is a pure function. It knows nothing of thresholds: `ensemble.decision` compares its shares
with what a policy demands.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from math import fsum

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


@dataclass(frozen=True, slots=True)
class Ballot:
    """A candidate as trimmed to the hole, what the checks said, and what it counts as.

    Equal `key`s are votes for the same text. `weight` is what one vote of its model is worth;
    `tier` is the index of the tier that asked for it.
    """

    candidate: Candidate
    text: str
    key: Hashable
    verdicts: tuple[Verdict, ...] = ()
    weight: float = 1.0
    tier: int = 0

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
    def _precedence(self) -> tuple[float, int, int, int, str, str]:
        """The order among equals: higher confidence, then shorter, then earlier. The rest only
        keeps the order total."""
        branch, model = self.candidate.branch, self.candidate.model
        return (-self.confidence, len(self.text), self.tier, branch, model, self.text)


@dataclass(frozen=True, slots=True)
class Group:
    """The ballots for one text, the one that speaks for them first, and their weight."""

    ballots: tuple[Ballot, ...]
    weight: float

    @property
    def speaker(self) -> Ballot:
        return self.ballots[0]


@dataclass(frozen=True, slots=True)
class Election:
    """The outcome of a vote: the groups, the strongest first, and what stands against them.

    All figures are weights. `silence` is that of the ballots for no text at all, `cast` that of
    all ballots (failed ones count as `FAILED_BALLOT`), `outstanding` that of candidates which were
    asked for and have not finished.
    """

    groups: tuple[Group, ...]
    silence: float
    cast: float
    outstanding: float = 0.0

    @property
    def winner(self) -> Ballot | None:
        """The ballot that speaks for the strongest group, or None if nothing passed."""
        return self.groups[0].speaker if self.groups else None

    @property
    def runners_up(self) -> tuple[Ballot, ...]:
        """One ballot for each other group, the strongest first."""
        return tuple(group.speaker for group in self.groups[1:])

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


def elect(ballots: Iterable[Ballot], outstanding: float = 0.0) -> Election:
    """Count the ballots: the same ballots in any order give the same election.

    A ballot that failed a check is no vote for its text, but weakens every share by a quarter of
    its weight (see `FAILED_BALLOT`). An empty ballot votes for silence: it speaks against every
    text with its full weight, and never wins here. Groups of equal weight are ordered by their
    speakers: higher confidence, then shorter, then earlier (by tier, then by branch).
    `outstanding` is the weight of the candidates that have not finished.
    """
    ballots = tuple(ballots)
    members: defaultdict[Hashable, list[Ballot]] = defaultdict(list)
    for ballot in ballots:
        if not ballot.failed and not ballot.silent:
            members[ballot.key].append(ballot)
    return Election(
        groups=tuple(sorted(map(_group, members.values()), key=_rank)),
        silence=fsum(b.weight for b in ballots if b.silent and not b.failed),
        cast=fsum(b.weight * (FAILED_BALLOT if b.failed else 1.0) for b in ballots),
        outstanding=outstanding,
    )


def _group(ballots: list[Ballot]) -> Group:
    ordered = tuple(sorted(ballots, key=lambda ballot: ballot._precedence))
    return Group(ordered, fsum(ballot.weight for ballot in ordered))


def _rank(group: Group) -> tuple[float, tuple[float, int, int, int, str, str]]:
    return -group.weight, group.speaker._precedence
