"""Thresholds that a request brings along, as a workspace's settings may: they only tighten."""

from __future__ import annotations

import pytest

from code_checks.hole import Hole
from ensemble.cascade.completer import Completer
from ensemble.engines.scripted import ScriptedEngine
from ensemble.policy.policy import Policy, Tier
from ensemble.request import CompletionRequest

PYTHON = Hole("python", "x = ", "\n")
TEXT = Hole("plaintext", "x = ", "\n")
UNSURE = Policy((Tier("a", samples=3, quorum=1.0),), minimum_agreement=0.5)
SURE = Policy((Tier("a", samples=3, quorum=0.6),), minimum_agreement=0.5)

CASES = {
    "what the policy asks for": (UNSURE, PYTHON, 0.0, False, ["1"]),
    "less than the policy asks for": (UNSURE, PYTHON, 0.1, False, ["1"]),
    "more than there is": (UNSURE, PYTHON, 0.9, False, []),
    "a tier has decided": (SURE, PYTHON, 0.9, False, ["1"]),
    "a check has passed it": (UNSURE, PYTHON, 0.0, True, ["1"]),
    "no check knows the language": (UNSURE, TEXT, 0.0, True, []),
    "no check knows the language, and none is wanted": (UNSURE, TEXT, 0.0, False, ["1"]),
}
"""A policy, a hole, the request's thresholds, and the texts that are shown of two votes for 1 and
one for 2."""


@pytest.mark.parametrize(
    ("policy", "hole", "agreement", "verified", "shown"), CASES.values(), ids=CASES
)
async def test_shown(
    policy: Policy, hole: Hole, agreement: float, verified: bool, shown: list[str]
) -> None:
    completer = Completer({"a": ScriptedEngine("a", ["1", "1", "2"])}, policy)
    answer = await completer.complete(
        CompletionRequest(hole, deadline=60.0, minimum_agreement=agreement, verified_only=verified)
    )
    assert [completion.text for completion in answer.completions[:1]] == shown
