"""What requests may spend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from code_checks.hole import Extent, Hole
from ensemble.policy.policy import DEFAULT_POLICY, Tier
from ensemble.request import CompletionRequest, Trigger
from ensemble.routing.route import route

AUTOMATIC, INVOKED = Trigger.AUTOMATIC, Trigger.INVOKED
IN_A_LINE = Hole("python", "def double(number):\n    twice = ", "\n    return twice\n")
AT_AN_OPENER = Hole("python", "def double(number):\n    if number is None:\n        ", "\n")
IN_A_STUB = Hole("python", "def double(number):\n    ", "\n")
BEHIND_A_DOCSTRING = Hole("python", 'def double(number):\n    """Double."""\n    ', "")
GATES = DEFAULT_POLICY.gates[:-1]


@dataclass(frozen=True, slots=True)
class Case:
    request: CompletionRequest
    expected: dict[str, Any]


def _request(hole: Hole, trigger: Trigger, **stated: Any) -> CompletionRequest:
    return CompletionRequest(hole, trigger=trigger, **{"deadline": 60.0, **stated})


CASES = {
    "automatic, in a line": Case(
        _request(IN_A_LINE, AUTOMATIC),
        {"extent": Extent.LINE, "max_tokens": 40, "accept_silence": True,
         "tiers": DEFAULT_POLICY.tiers, "reason": "automatic: quick"},
    ),
    "invoked, in a line": Case(
        _request(IN_A_LINE, INVOKED),
        {"extent": Extent.LINE, "max_tokens": 160, "accept_silence": False},
    ),
    "automatic, at a block": Case(
        _request(AT_AN_OPENER, AUTOMATIC), {"extent": Extent.BLOCK, "max_tokens": 96},
    ),
    "invoked, at a block": Case(
        _request(AT_AN_OPENER, INVOKED), {"extent": Extent.BLOCK, "max_tokens": 256},
    ),
    "a stated extent": Case(
        _request(AT_AN_OPENER, AUTOMATIC, extent=Extent.LINE),
        {"extent": Extent.LINE, "reason": "automatic: quick; stated: extent"},
    ),
    "invoked, for a whole function": Case(
        _request(IN_A_LINE, INVOKED, extent=Extent.FUNCTION),
        {"extent": Extent.FUNCTION, "max_tokens": 512},
    ),
    "invoked in a function without a body": Case(
        _request(IN_A_STUB, INVOKED),
        {"extent": Extent.FUNCTION, "gates": (*GATES, "tests")},
    ),
    "invoked below a docstring": Case(
        _request(BEHIND_A_DOCSTRING, INVOKED),
        {"extent": Extent.FUNCTION, "gates": (*GATES, "tests")},
    ),
    "nothing is run while somebody types": Case(
        _request(IN_A_STUB, AUTOMATIC), {"extent": Extent.BLOCK, "gates": GATES},
    ),
    "nothing is run for part of a function": Case(
        _request(AT_AN_OPENER, INVOKED), {"extent": Extent.BLOCK, "gates": GATES},
    ),
    "a line of a function without a body": Case(
        _request(IN_A_STUB, INVOKED, extent=Extent.LINE), {"extent": Extent.LINE, "gates": GATES},
    ),
    "a block that is the whole body": Case(
        _request(IN_A_STUB, INVOKED, extent=Extent.BLOCK),
        {"extent": Extent.BLOCK, "gates": (*GATES, "tests")},
    ),
    "the deadline is the request's": Case(
        _request(IN_A_LINE, INVOKED, deadline=0.0),
        {"deadline": 0.0, "reason": "invoked: thorough"},
    ),
    "a stated number of samples": Case(
        _request(IN_A_LINE, AUTOMATIC, samples=5),
        {"tiers": (Tier("small", 5, quorum=0.75, draws=2), Tier("large", 5, draws=2))},
    ),
    "stated tiers, in their order, one of them new": Case(
        _request(IN_A_LINE, AUTOMATIC, tiers=("large", "new")),
        {"tiers": (DEFAULT_POLICY.tiers[1], Tier("new"))},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_case(case: Case) -> None:
    decided = route(case.request, DEFAULT_POLICY)
    assert {name: getattr(decided, name) for name in case.expected} == case.expected
    assert route(case.request, DEFAULT_POLICY) == decided
