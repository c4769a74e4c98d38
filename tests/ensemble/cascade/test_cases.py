"""Every case of the cascade, through the completer."""

from __future__ import annotations

import json

import msgspec
import pytest

from ensemble.cascade.completer import Completer
from ensemble.engines.scripted import ScriptedEngine
from ensemble.request import CompletionRequest
from ensemble.trace.request_events import Abstained, Decided, Escalated
from ensemble.trace.trace import Step
from tests.ensemble.cascade.cases import CASES, HOLE, Case

_UNHURRIED = 60.0


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_case(case: Case) -> None:
    said = {"small": case.small, "large": case.large}
    engines = {name: ScriptedEngine(name, s) for name, s in said.items() if s is not None}
    request = msgspec.structs.replace(CompletionRequest(HOLE, deadline=_UNHURRIED), **case.request)
    answer = await Completer(engines, case.policy).complete(request)
    assert " ".join(step.name for step in answer.trace) == case.steps
    assert tuple(completion.text for completion in answer.completions) == case.shown
    assert (answer.decided, answer.final) == (case.decided, True)
    assert case.reason in _last_reason(answer.trace)
    assert [step.ms for step in answer.trace] == sorted(step.ms for step in answer.trace)
    printed = json.dumps(msgspec.to_builtins(answer.trace), allow_nan=False)
    assert json.loads(printed) == msgspec.json.decode(msgspec.json.encode(answer.trace))


def _last_reason(trace: tuple[Step, ...]) -> str:
    events = (step.event for step in trace)
    reasons = [e.reason for e in events if isinstance(e, Decided | Escalated | Abstained)]
    return reasons[-1] if reasons else ""
