"""An early ruling must be the one that the closed vote would have given."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from code_checks.hole import Extent
from code_checks.verdict import Outcome
from ensemble.policy.policy import Policy, Route, Tier
from ensemble.voting.deferral import Ruling, decide
from ensemble.voting.vote import Ballot, Election, elect
from tests.ensemble.voting.ballots import ballot


@dataclass(frozen=True, slots=True)
class Vote:
    """Ballots that have been cast, those that are still to come, and the rules they meet."""

    cast: list[Ballot]
    coming: list[Ballot]
    route: Route
    policy: Policy
    number: int
    vote_chars: int | None = None

    def ruling_on(self, election: Election) -> Ruling:
        return decide(election, self.route, self.number, self.policy).ruling

    @property
    def open(self) -> Election:
        waiting = sum(ballot.weight for ballot in self.coming)
        return elect(self.cast, waiting, vote_chars=self.vote_chars)

    @property
    def closed(self) -> Election:
        return elect(self.cast + self.coming, vote_chars=self.vote_chars)


@st.composite
def _votes(draw: st.DrawFn) -> Vote:
    # Weights are sums of powers of two, so that equal sums are equal.
    weight = draw(st.sampled_from([0.5, 1.0, 2.0]))
    ballots = [
        ballot(
            draw(st.sampled_from(["", "a", "b", "c", "long", "longer"])),
            outcome=draw(st.sampled_from(list(Outcome))),
            confidence=draw(st.none() | st.sampled_from([-0.5, -2.0])),
            weight=weight if branch else 1.0,
            branch=branch,
            key=draw(st.sampled_from([None, "k"])),
        )
        for branch in range(draw(st.integers(1, 7)))
    ]
    split = draw(st.integers(0, len(ballots)))
    shares = st.sampled_from([0.25, 0.34, 0.5, 0.6, 0.75, 1.0])
    number = draw(st.integers(0, 1))
    lengths = st.none() | st.sampled_from([0, 1, 4])
    tiers = tuple(
        Tier(
            model, quorum=draw(shares), longest=draw(lengths),
            abstain=draw(st.just(0.0) | shares),
        )
        for model in ("small", "large")
    )  # fmt: skip
    return Vote(
        cast=ballots[:split],
        coming=ballots[split:],
        route=Route(
            tiers=tiers,
            extent=Extent.LINE,
            gates=(),
            deadline=1.0,
            max_tokens=40,
            accept_silence=draw(st.booleans()),
        ),
        policy=Policy((), minimum_agreement=draw(shares)),
        number=number,
        vote_chars=draw(lengths),
    )


@given(_votes())
def test_what_is_decided_early_stays_decided(vote: Vote) -> None:
    if vote.ruling_on(vote.open) is Ruling.DECIDED:
        assert vote.ruling_on(vote.closed) is Ruling.DECIDED
        assert vote.closed.groups[0].speaker.key == vote.open.groups[0].speaker.key


@given(_votes())
def test_silence_that_is_accepted_early_stays_accepted(vote: Vote) -> None:
    if vote.ruling_on(vote.open) is Ruling.SILENT:
        assert vote.ruling_on(vote.closed) is Ruling.SILENT


@given(_votes())
def test_who_is_hopeless_early_is_hopeless_or_silent_in_the_end(vote: Vote) -> None:
    if vote.ruling_on(vote.open) is Ruling.HOPELESS:
        assert vote.ruling_on(vote.closed) in (Ruling.HOPELESS, Ruling.SILENT)


@given(_votes())
def test_who_gives_up_early_would_have_had_to(vote: Vote) -> None:
    if vote.ruling_on(vote.open) is Ruling.ESCALATE:
        assert vote.ruling_on(vote.closed) is Ruling.ESCALATE


@given(_votes())
def test_a_closed_vote_waits_for_nobody(vote: Vote) -> None:
    finding = decide(vote.closed, vote.route, vote.number, vote.policy)
    assert finding.ruling is not Ruling.WAIT
    assert finding.reason


@given(_votes())
def test_a_tier_that_only_votes_neither_decides_nor_gives_up(vote: Vote) -> None:
    tiers = tuple(
        msgspec.structs.replace(tier, decides=False, abstain=0.0) for tier in vote.route.tiers
    )
    route = Route(tiers, Extent.LINE, (), 1.0, 40, accept_silence=True)
    expected = Ruling.WAIT if vote.coming else Ruling.ESCALATE
    assert decide(vote.open, route, vote.number, vote.policy).ruling is expected
