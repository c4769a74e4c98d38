"""Every case of the cascade, through the completer."""

from __future__ import annotations

import json

import msgspec
import pytest

from ensemble.cascade.completer import Completer
from ensemble.engines.scripted import ScriptedEngine
from ensemble.request import CompletionRequest
from ensemble.trace import Step
from tests.ensemble.cascade.cases import CASES, HOLE, Case

_UNHURRIED = 60.0


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_case(case: Case) -> None:
    said = {"small": case.small, "large": case.large}
    engines = {name: ScriptedEngine(name, s) for name, s in said.items() if s is not None}
    request = msgspec.structs.replace(CompletionRequest(HOLE, deadline=_UNHURRIED), **case.request)
    answer = await Completer(engines, case.policy).complete(request)
    assert " ".join(step.event for step in answer.trace) == case.steps
    assert tuple(completion.text for completion in answer.completions) == case.shown
    assert (answer.decided, answer.final) == (case.decided, True)
    assert case.reason in _last_reason(answer.trace)
    assert [step.ms for step in answer.trace] == sorted(step.ms for step in answer.trace)
    facts = [step.facts for step in answer.trace]
    assert json.loads(json.dumps(facts, allow_nan=False)) == facts


def _last_reason(trace: tuple[Step, ...]) -> str:
    events = ("decided", "escalated", "abstained")
    reasons = [step.facts["reason"] for step in trace if step.event in events]
    return str(reasons[-1]) if reasons else ""
