"""Features: what each says of a group, and that nothing else can be in them."""

from __future__ import annotations

from collections.abc import Sequence
from math import log1p

import pytest

from code_checks.hole import Extent, Hole
from ensemble.candidate import StopReason
from ensemble.linear.linear_scorer import Features
from ensemble.reward.candidate_features import (
    FEATURES,
    INDICATORS,
    ElectionContext,
    candidate_features,
    family_of,
)
from ensemble.voting.vote import Ballot, elect
from tests.ensemble.reward.material import ballot, election

PLACE = Hole("python", "def area(width, height):\n    ", "\n\nprint(area(2, 3))\n")
MIDDLE = Hole("javascript", "const total = ", " + rest;\n")
LOGPROBS = (-0.1, -2.0, -0.3)


def check(
    ballots: Sequence[Ballot], expected: Features, hole: Hole = PLACE, place: int = 0
) -> None:
    """Compare the expected features of the group at a place, and no others."""
    found = candidate_features(election(*ballots), ElectionContext(hole))[place]
    assert {name: found.get(name) for name in expected} == pytest.approx(expected)


AGREED = (ballot("return a"), ballot("return a", "large", tier=1), ballot("return b", tier=0))
VOTES = {
    "two of three": (
        AGREED,
        {"share": 2 / 3, "votes": log1p(2), "models": 1.0, "rivals": log1p(1)},
    ),
    "the last tier's word": (AGREED, {"latest": 1.0, "backed:large": 1.0, "backed:small": 0.5}),
    "alone": ((ballot("x = 1"),), {"share": 1.0, "rivals": 0.0, "models": 1.0}),
    "beside one that failed": (
        (ballot("x = 1"), ballot("x = (", verdicts="syntax-")),
        {"share": 0.8},
    ),
    "beside four that failed": (
        (ballot("x = 1"), *[ballot(f"({n}", verdicts="syntax-") for n in range(4)]),
        {"share": 0.5},
    ),
    "beside silence": ((ballot("x = 1"), ballot("")), {"share": 0.5, "silence": 0.5}),
}


@pytest.mark.parametrize(("ballots", "expected"), VOTES.values(), ids=VOTES)
def test_the_vote(ballots: Sequence[Ballot], expected: Features) -> None:
    check(ballots, expected)


def test_the_weaker_group_has_its_own() -> None:
    check(AGREED, {"share": 1 / 3, "latest": 0.0, "models": 0.5}, place=1)


OF_ONE = {
    "verdicts": (
        ballot("return a", verdicts="syntax+ names?"), PLACE,
        {"syntax": 1.0, "names": 0.0, "tests": 0.0},
    ),
    "probabilities": (
        ballot("return a", logprobs=LOGPROBS), PLACE,
        {"lowest_logprob": -2.0, "tenth_logprob": -2.0, "mean_logprob": -0.8},
    ),
    "unknown probabilities": (
        ballot("return a"), PLACE, {"lowest_logprob": None, "mean_logprob": None},
    ),
    "a recording's mean is no token's": (
        ballot("return a", logprobs=(-0.5,), stop=StopReason.RECORDED), PLACE,
        {"lowest_logprob": None, "mean_logprob": -0.5},
    ),
    "known names": (ballot("return width * depth"), PLACE, {"known_names": 0.5}),
    "no names": (ballot("return 1"), PLACE, {"known_names": None}),
    "its length": (ballot("x = 1\n    y = 2"), PLACE, {"chars": log1p(15)}),
    "at the head of a line": (ballot("return 1"), PLACE, {"head": 1.0, "tail": 0.0}),
    "in a line": (
        ballot("first"), MIDDLE,
        {"head": 0.0, "tail": 1.0, "kind:assign": 1.0, "language:javascript": 1.0},
    ),
    "a return": (ballot("return 1"), PLACE, {"kind:return": 1.0, "language:python": None}),
    "a comparison is no assignment": (
        ballot("if a == b:"), PLACE, {"kind:open": 1.0, "kind:assign": None},
    ),
    "a call": (ballot("print(width)"), PLACE, {"kind:call": 1.0}),
    "a keyword argument is no assignment": (ballot("f(a=1)"), PLACE, {"kind:call": 1.0}),
    "a definition": (ballot("def f():"), PLACE, {"kind:define": 1.0}),
    "an import": (ballot("import os"), PLACE, {"kind:import": 1.0}),
}  # fmt: skip


@pytest.mark.parametrize(("single", "hole", "expected"), OF_ONE.values(), ids=OF_ONE)
def test_a_candidate(single: Ballot, hole: Hole, expected: dict[str, float | None]) -> None:
    (found,) = candidate_features(election(single), ElectionContext(hole))
    assert {name: found.get(name) for name in expected} == {
        name: value if value is None else pytest.approx(value) for name, value in expected.items()
    }


def test_similarity_is_weighed_by_votes() -> None:
    heavy = ballot("total = a + b", "large", weight=3.0)
    near, far = ballot("total = a - b"), ballot("print()")
    found = candidate_features(election(heavy, near, far), ElectionContext(PLACE))
    # Of five tokens one differs; nothing of `print ( )` is in either.
    assert found[0]["similarity"] == pytest.approx((0.8 + 0.0) / 2)
    near_it = next(f for f in found if f["similarity"] > 0.5)
    assert near_it["similarity"] == pytest.approx((3 * 0.8 + 0.0) / 4)
    (alone,) = candidate_features(election(heavy), ElectionContext(PLACE))
    assert "similarity" not in alone


def test_what_others_say_of_a_text() -> None:
    scene = ElectionContext(PLACE, Extent.BLOCK, others={"return a": -0.25})
    said, unheard = candidate_features(election(*AGREED), scene)
    assert said["others_logprob"] == -0.25
    assert said["extent:block"] == 1.0
    assert "others_logprob" not in unheard


def test_every_feature_is_documented() -> None:
    scene = ElectionContext(PLACE, Extent.FUNCTION, others={"return a": -1.0})
    told = (ballot("return a", logprobs=LOGPROBS), ballot("print(width)"), *AGREED)
    found = {
        family_of(name) for group in candidate_features(election(*told), scene) for name in group
    }
    assert found <= {*FEATURES, *INDICATORS}
    assert set(FEATURES) <= found


def test_no_group_no_features() -> None:
    assert candidate_features(elect(()), ElectionContext(PLACE)) == ()
    assert (
        candidate_features(election(ballot("(", verdicts="syntax-")), ElectionContext(PLACE)) == ()
    )


def test_features_do_not_depend_on_the_order_of_the_ballots() -> None:
    scene = ElectionContext(PLACE)
    assert candidate_features(election(*AGREED), scene) == candidate_features(
        election(*AGREED[::-1]), scene
    )
