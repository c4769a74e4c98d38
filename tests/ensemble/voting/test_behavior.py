"""The vote where candidates were run: by behavior, and visible tests before everything."""

from __future__ import annotations

from dataclasses import replace
from math import isclose, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from code_checks.hole import Extent
from code_checks.verdict import Outcome, Verdict
from ensemble.policy.policy import Policy, Route, Tier
from ensemble.voting.deferral import Ruling, decide, objection_to_showing
from ensemble.voting.vote import TESTS, Ballot, Behavior, elect
from tests.ensemble.voting.ballots import ballot


def _ran(
    text: str,
    passed: str = "",
    *,
    branch: int = 0,
    outcome: Outcome | None = None,
    confidence: float | None = None,
    weight: float = 1.0,
) -> Ballot:
    """Return a ballot that passed these generated tests, one letter each."""
    cast = ballot(text, branch=branch, confidence=confidence, weight=weight)
    behavior = Behavior(frozenset(passed), float(len(passed)))
    verdicts = cast.verdicts if outcome is None else (*cast.verdicts, Verdict(TESTS, outcome))
    return replace(cast, behavior=behavior, verdicts=verdicts)


CASES = {
    "alike however they are written": (
        [_ran("a", "xy"), _ran("b", "xy", branch=1), _ran("c", "x", branch=2)], "a", 2 / 3,
    ),
    "more tests beat more votes": (
        [_ran("a", "wxyz"), _ran("b", "x", branch=1), _ran("b", "x", branch=2)], "a", 1 / 3,
    ),
    "but not many more votes": (
        [_ran("a", "wxyz"), *[_ran("b", "xy", branch=n) for n in range(1, 7)]], "b", 6 / 7,
    ),
    "who passes nothing is alone with his text": (
        [_ran("a"), _ran("b", branch=1), _ran("c", "x", branch=2)], "c", 1 / 3,
    ),
    "nobody passes anything: the text decides": (
        [_ran("a"), _ran("b", branch=1), _ran("a", branch=2)], "a", 2 / 3,
    ),
    "who could not be run comes last": (
        [ballot("a"), ballot("a", branch=1), _ran("b", "x", branch=2)], "b", 1 / 3,
    ),
    "who passed visible tests comes before who could not be tested": (
        [_ran("a", "xyz"), _ran("b", "x", branch=1, outcome=Outcome.PASS)], "b", 1 / 2,
    ),
    "the most confident speaks": (
        [_ran("a", "x", confidence=-2.0), _ran("b", "x", branch=1, confidence=-0.1)], "b", 1.0,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("ballots", "winner", "share"), CASES.values(), ids=CASES)
def test_case(ballots: list[Ballot], winner: str, share: float) -> None:
    election = elect(ballots)
    assert election.winner is not None
    assert election.winner.text == winner
    assert isclose(election.share, share)


@st.composite
def _elections(draw: st.DrawFn) -> list[Ballot]:
    return [
        _ran(
            draw(st.sampled_from("abc")),
            "".join(draw(st.sets(st.sampled_from("wxyz")))),
            branch=branch,
            outcome=draw(st.sampled_from([None, *Outcome])),
            confidence=draw(st.none() | st.sampled_from([-0.1, -2.0])),
            weight=draw(st.sampled_from([0.5, 1.0, 2.0])),
        )
        for branch in range(draw(st.integers(0, 7)))
    ]


@given(_elections(), st.randoms(use_true_random=False))
def test_the_order_of_the_ballots_does_not_matter(ballots: list[Ballot], random: object) -> None:
    shuffled = list(ballots)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert elect(shuffled) == elect(ballots)


@given(_elections())
def test_what_visible_tests_refused_never_speaks(ballots: list[Ballot]) -> None:
    for group in elect(ballots).groups:
        assert not any(member.failed for member in group.ballots)


@given(_elections())
def test_groups_are_ordered_as_published(ballots: list[Ballot]) -> None:
    """The square root of the number of solutions, times the weight of the tests they pass."""
    groups = elect(ballots).groups
    keys = [(not group.speaker.tested, -group.score) for group in groups]
    assert keys == sorted(keys)
    for group in groups:
        behaviors = {member.behavior for member in group.ballots}
        if all(b is not None and b.score > 0 for b in behaviors):
            (behavior,) = behaviors
            assert behavior is not None
            assert isclose(group.score, sqrt(group.weight) * behavior.score)


@given(_elections())
def test_nobody_is_lost(ballots: list[Ballot]) -> None:
    standing = [cast for cast in ballots if not cast.failed]
    members = [member for group in elect(ballots).groups for member in group.ballots]
    assert sorted(map(id, members)) == sorted(map(id, standing))


def _judged(quorum: float, *, judged: bool = True, decides: bool = True) -> Route:
    return Route((Tier("small", 3, quorum, decides),), Extent.FUNCTION, (), 1.0, 9, judged=judged)


POLICY = Policy((Tier("small", 3),))
PASSED = _ran("a", outcome=Outcome.PASS)
SKIPPED = _ran("b", branch=1, outcome=Outcome.SKIP)
REFUSED = _ran("c", branch=2, outcome=Outcome.FAIL)

RULINGS = {
    "one that passes decides at once": ([PASSED], 2.0, _judged(0.9), Ruling.DECIDED),
    "also against those that could not be tested": (
        [PASSED, SKIPPED], 0.0, _judged(0.9), Ruling.DECIDED,
    ),
    "until then all are waited for": ([REFUSED], 2.0, _judged(0.9), Ruling.WAIT),
    "skipped is not passed": ([SKIPPED], 2.0, _judged(0.1), Ruling.WAIT),
    "nobody passes": ([REFUSED, REFUSED], 0.0, _judged(0.1), Ruling.ESCALATE),
    "a tier that only votes": ([PASSED], 0.0, _judged(0.1, decides=False), Ruling.ESCALATE),
    "where no tests judge, agreement does": (
        [SKIPPED], 0.0, _judged(0.5, judged=False), Ruling.DECIDED,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("ballots", "waiting", "route", "ruling"), RULINGS.values(), ids=RULINGS)
def test_ruling(ballots: list[Ballot], waiting: float, route: Route, ruling: Ruling) -> None:
    assert decide(elect(ballots, waiting), route, 0, POLICY).ruling is ruling


def test_what_passed_is_shown_though_few_agree() -> None:
    election = elect([PASSED, REFUSED, REFUSED, SKIPPED, SKIPPED, SKIPPED])
    assert election.share < POLICY.minimum_agreement
    assert objection_to_showing(election, POLICY) is None
