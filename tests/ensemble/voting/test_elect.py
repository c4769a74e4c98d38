"""The vote, case by case and by its properties."""

from __future__ import annotations

from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from code_checks.verdict import Outcome
from ensemble.voting.vote import Ballot, elect
from tests.ensemble.voting.ballots import ballot

FAIL, SKIP = Outcome.FAIL, Outcome.SKIP

CASES = {
    "nobody": ([], None, 0.0, []),
    "one voice is unanimous": ([ballot("a")], "a", 1.0, []),
    "majority": ([ballot("a"), ballot("b", branch=1), ballot("a", branch=2)], "a", 2 / 3, ["b"]),
    "a failed ballot is a quarter of a dissenter": (
        [ballot("a"), ballot("a", branch=1), ballot("b", outcome=FAIL, branch=2)],
        "a", 2 / 2.25, [],
    ),
    "two failed ballots weigh like one dissenter among three": (
        [ballot("a"), ballot("b", outcome=FAIL), ballot("c", outcome=FAIL)], "a", 2 / 3, [],
    ),
    "a failed text does not win by number": (
        [ballot("a", outcome=FAIL, branch=n) for n in range(3)] + [ballot("b", branch=3)],
        "b", 1 / 1.75, [],
    ),
    "only failed ones": ([ballot("a", outcome=FAIL)], None, 0.0, []),
    "silence dissents with its full weight": (
        [ballot("a"), ballot("", branch=1), ballot(" \n", branch=2)], "a", 1 / 3, [],
    ),
    "silence wins nothing": ([ballot(""), ballot("", branch=1)], None, 0.0, []),
    "weights outvote numbers": (
        [ballot("a"), ballot("a", branch=1), ballot("b", model="large", weight=3.0)],
        "b", 3 / 5, ["a"],
    ),
    "votes across models add up": (
        [ballot("a"), ballot("b", branch=1), ballot("b", model="large", weight=2.0, tier=1)],
        "b", 3 / 4, ["a"],
    ),
    "one key, two spellings": (
        [ballot("x = 'a'", key="k"), ballot('x = "a"', key="k", branch=1), ballot("y", branch=2)],
        "x = 'a'", 2 / 3, ["y"],
    ),
    "of two spellings the one that a check passed speaks": (
        [
            ballot("f'{a['b']}'", key="k", outcome=SKIP, confidence=-0.1),
            ballot("f'{a[\"b\"]}'", key="k", branch=1, confidence=-0.5),
        ],
        "f'{a[\"b\"]}'", 1.0, [],
    ),
    "a skipped check is no objection": ([ballot("a", outcome=SKIP)], "a", 1.0, []),
    "tie: the more confident": (
        [ballot("a", confidence=-1.0), ballot("b", confidence=-0.5, branch=1)], "b", 0.5, ["a"],
    ),
    "tie: who tells a confidence beats who does not": (
        [ballot("a"), ballot("bb", confidence=-9.0, branch=1)], "bb", 0.5, ["a"],
    ),
    "tie: then the shorter": ([ballot("aa"), ballot("b", branch=1)], "b", 0.5, ["aa"]),
    "tie: then the earlier branch": (
        [ballot("b", branch=1), ballot("a", branch=2)], "b", 0.5, ["a"],
    ),
    "tie: then the earlier tier": (
        [ballot("b", tier=1), ballot("a", branch=2)], "a", 0.5, ["b"],
    ),
    "the most confident speaks for its group": (
        [ballot("a", confidence=-1.0), ballot(" a", confidence=-0.5, branch=1)], " a", 1.0, [],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("ballots", "winner", "share", "others"), CASES.values(), ids=CASES)
def test_case(ballots: list[Ballot], winner: str | None, share: float, others: list[str]) -> None:
    election = elect(ballots)
    assert (election.winner.text if election.winner else None) == winner
    assert isclose(election.share, share)
    assert [group.speaker.text for group in election.groups[1:]] == others


def test_who_has_not_finished_counts_as_dissent_until_then() -> None:
    election = elect([ballot("a"), ballot("a", branch=1)], outstanding=1.0)
    assert isclose(election.share, 2 / 3)
    assert election.agreement == 1.0


def test_silence_has_a_share() -> None:
    election = elect([ballot(""), ballot("", branch=1), ballot("a", branch=2)])
    assert isclose(election.silence_share, 2 / 3)


@st.composite
def _elections(draw: st.DrawFn) -> list[Ballot]:
    size = draw(st.integers(0, 7))
    return [
        ballot(
            draw(st.sampled_from(["", "a", "b", "c ", "aa", "a ", "bb"])),
            model=draw(st.sampled_from(["small", "large"])),
            outcome=draw(st.sampled_from([*Outcome, None])),
            confidence=draw(st.none() | st.sampled_from([-0.1, -0.5, -2.0])),
            weight=draw(st.sampled_from([0.1, 0.2, 0.3, 1.0, 2.0])),
            tier=draw(st.integers(0, 1)),
            branch=branch,
        )
        for branch in range(size)
    ]


@given(_elections(), st.randoms(use_true_random=False))
def test_the_order_of_the_ballots_does_not_matter(ballots: list[Ballot], random: object) -> None:
    shuffled = list(ballots)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert elect(shuffled) == elect(ballots)


@given(_elections())
def test_counting_again_gives_the_same_and_changes_nothing(ballots: list[Ballot]) -> None:
    before = list(ballots)
    assert elect(ballots) == elect(ballots)
    assert ballots == before


@given(_elections())
def test_no_failed_or_silent_ballot_speaks(ballots: list[Ballot]) -> None:
    for group in elect(ballots).groups:
        assert all(not member.failed and not member.silent for member in group.ballots)


@given(_elections())
def test_shares_are_shares(ballots: list[Ballot]) -> None:
    election = elect(ballots)
    shares = [election.share_of(group.weight) for group in election.groups]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) + election.silence_share <= 1 + 1e-9
    if election.winner:
        assert election.share == shares[0] > 0


@given(_elections(), st.floats(0, 5))
def test_outstanding_candidates_only_lower_shares(ballots: list[Ballot], waiting: float) -> None:
    closed, open_ = elect(ballots), elect(ballots, waiting)
    assert open_.groups == closed.groups
    assert open_.share <= closed.share


@given(_elections().filter(lambda ballots: elect(ballots).winner is not None))
def test_another_vote_for_the_winner_keeps_it(ballots: list[Ballot]) -> None:
    winner = elect(ballots).winner
    assert winner is not None
    again = ballot(winner.text, key=str(winner.key), branch=99)
    election = elect([*ballots, again])
    assert election.winner is not None
    assert election.winner.key == winner.key
    assert election.share >= elect(ballots).share - 1e-9
