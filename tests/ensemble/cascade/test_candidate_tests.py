"""The cascade where tests judge: what is asked, in which order, and what is shown.

The runner is scripted: the name of a body says which tests it passes. One test runs it all.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest

from code_checks.execution import run_tests
from code_checks.execution.environment import RunEnvironment
from code_checks.execution.judge import Ending, TestOutcome
from code_checks.execution.run_tests import RunReport
from code_checks.execution.unit_test import UnitTest
from code_checks.hole import Extent, Hole
from ensemble.cascade import candidate_tests
from ensemble.cascade.cascade import Cascade
from ensemble.cascade.completer import Completer
from ensemble.engines.scripted import Script, ScriptedEngine, Scripts
from ensemble.policy.policy import Policy, Selection, Tier
from ensemble.request import CompletionRequest, Trigger
from ensemble.routing.route import route
from ensemble.trace.request_events import Abstained, Decided, Routed
from ensemble.trace.testing_events import FailedTest, VisibleTestsFound, VisibleTestsRun, WroteTests
from ensemble.trace.trace import Answer
from tests.ensemble.trace.reading_traces import events

CODE = 'def f(x):\n    """Return what is wanted.\n\n    f(1) == 1\n    f(2) == 4\n    """\n    ‸\n'
WITHOUT = 'def f(x):\n    """Return what is wanted."""\n    ‸\n'
RIGHT, LEFT, HALF, WRONG = "return x * x", "return x ** 2", "return 1", "return -1"
GENERATED = ("f(1) == 1\nassert f(3) == 9", "f(1) == 1", "f(2) == 5")

PASSED = {
    RIGHT: {"f(1) == 1", "f(2) == 4", "assert f(1) == 1", "assert f(3) == 9"},
    LEFT: {"f(1) == 1", "f(2) == 4", "assert f(1) == 1", "assert f(3) == 9"},
    HALF: {"f(1) == 1", "assert f(1) == 1"},
    WRONG: {"assert f(2) == 5"},
}

BOTH = Policy((Tier("small", 2), Tier("large", 1)), test_samples=2)


def _run(
    hole: Hole, texts: Sequence[str], tests: Sequence[UnitTest], environment: RunEnvironment
) -> RunReport:
    def outcome(text: str, test: UnitTest) -> TestOutcome:
        passed = test.label in PASSED[text.strip()]
        return TestOutcome(Ending.PASS if passed else Ending.FAIL, "" if passed else "wrong")

    rows = tuple(tuple(outcome(text, test) for test in tests) for text in texts)
    return RunReport(tuple(texts), tuple(tests), rows)


@dataclass(frozen=True, slots=True)
class Case:
    """`steps` are the trace's events without the ones that say nothing here."""

    small: Scripts
    large: Scripts
    shown: tuple[str, ...]
    steps: str
    policy: Policy = BOTH
    code: str = CODE
    decided: bool = True
    request: dict[str, Any] = field(default_factory=dict)
    reason: str = ""


_UNTOLD = frozenset(("route", "context", "checked", "finished", "tests"))

CASES = {
    "the first that passes decides": Case(
        [RIGHT, WRONG], [LEFT], (RIGHT,), "tested generated voted decided",
        reason="2 of 2 tests pass",
    ),
    "what fails is waited out, then a different model": Case(
        [WRONG, HALF], [RIGHT], (RIGHT,),
        "tested tested generated voted escalated tested generated voted decided",
        reason="2 of 2 tests pass",
    ),
    "drawn again, before a different model is asked": Case(
        [WRONG, HALF], [RIGHT], (RIGHT,),
        "tested tested generated voted drawn_again generated voted escalated "
        "tested generated voted decided",
        policy=Policy((Tier("small", 2, draws=2), Tier("large", 1))),
    ),
    "nobody passes": Case(
        [WRONG, HALF], [WRONG], (),
        "tested tested generated voted escalated generated voted abstained",
        decided=False, reason="no candidate passed the checks",
    ),
    "the last resort is what passed most": Case(
        [HALF, WRONG], [WRONG], (HALF,),
        "tested tested generated voted escalated generated voted voted",
        policy=Policy(BOTH.tiers, minimum_agreement=0.0, last_resort=True), decided=False,
    ),
    "a tier that only votes leaves it to behavior": Case(
        [RIGHT, LEFT], [HALF], (RIGHT,),
        "tested tested generated voted escalated tested generated voted tested tested voted",
        policy=Policy((Tier("small", 2, decides=False), Tier("large", decides=False))),
        decided=False,
        request={"generated_tests": GENERATED},
    ),
    "without examples, generated tests vote when all have spoken": Case(
        [RIGHT, LEFT], [WRONG], (RIGHT, WRONG),
        "generated voted escalated generated voted tested tested tested voted",
        code=WITHOUT, decided=False, request={"generated_tests": GENERATED},
    ),
    "the text of the majority is not better": Case(
        [HALF, HALF], [RIGHT], (RIGHT, HALF),
        "generated voted escalated generated voted tested tested voted",
        policy=Policy(BOTH.tiers, minimum_agreement=0.0),
        code=WITHOUT, decided=False, request={"generated_tests": GENERATED},
    ),
    "one behavior that nobody confirms is not shown": Case(
        [HALF, WRONG], [RIGHT], (),
        "generated voted escalated generated voted tested tested tested voted abstained",
        code=WITHOUT, decided=False, request={"generated_tests": GENERATED},
        reason="agreement 0.33 is below 0.50",
    ),
    "a single text needs no tests": Case(
        [RIGHT, RIGHT], [RIGHT], (RIGHT,), "generated voted escalated generated voted",
        code=WITHOUT, decided=False, request={"generated_tests": GENERATED},
    ),
    "selection by text runs nothing that only votes": Case(
        [RIGHT, RIGHT], [WRONG], (RIGHT,), "generated voted decided",
        policy=Policy(BOTH.tiers, selection=Selection.TEXT), code=WITHOUT,
        request={"generated_tests": GENERATED},
    ),
    "given tests stand for the examples": Case(
        [HALF, RIGHT], [RIGHT], (HALF,), "tested generated voted decided",
        request={"visible_tests": ("f(1) == 1",)}, reason="1 of 1 tests pass",
    ),
    "nothing is run while somebody types": Case(
        [WRONG, WRONG], [RIGHT], (WRONG,), "generated voted decided",
        request={"trigger": Trigger.AUTOMATIC},
    ),
    "nothing is run where it is switched off": Case(
        [WRONG, WRONG], [RIGHT], (WRONG,), "generated voted decided", request={"may_run": False},
    ),
    "a policy without the gate": Case(
        [WRONG, WRONG], [RIGHT], (WRONG,), "generated voted decided",
        policy=Policy(BOTH.tiers, gates=("syntax",)),
    ),
}  # fmt: skip


def _request(code: str, **stated: Any) -> CompletionRequest:
    prefix, _, suffix = code.partition("‸")
    basic = CompletionRequest(
        Hole("python", prefix, suffix), trigger=Trigger.INVOKED, deadline=60.0
    )
    return msgspec.structs.replace(basic, **stated)


async def _last(cascade: Cascade) -> Answer:
    return [answer async for answer in cascade.answers()][-1]


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let tests be run, whatever this machine has: a scripted runner needs nothing."""
    monkeypatch.setattr(candidate_tests, "unrunnable", lambda language: "")


@pytest.mark.usefixtures("runner")
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_case(case: Case) -> None:
    engines = {
        "small": ScriptedEngine("small", case.small), "large": ScriptedEngine("large", case.large),
    }  # fmt: skip
    request = _request(case.code, **case.request)
    cascade = Cascade(request, route(request, case.policy), case.policy, engines, run=_run)
    answer = await _last(cascade)
    steps = [step.name for step in answer.trace if step.name not in _UNTOLD]
    assert " ".join(steps) == case.steps
    assert tuple(completion.text for completion in answer.completions) == case.shown
    assert answer.decided is case.decided
    reasons = [decided.reason for decided in events(answer, Decided)]
    reasons += [abstained.reason for abstained in events(answer, Abstained)]
    assert case.reason in (reasons[-1] if reasons else "")


@pytest.mark.usefixtures("runner")
async def test_the_trace_says_which_tests_passed_for_whom() -> None:
    engines = {"small": ScriptedEngine("small", [HALF, RIGHT])}
    policy = Policy((Tier("small", 2),))
    request = _request(CODE)
    answer = await _last(Cascade(request, route(request, policy), policy, engines, run=_run))
    assert events(answer, VisibleTestsFound) == [VisibleTestsFound(("f(1) == 1", "f(2) == 4"), "")]
    assert events(answer, VisibleTestsRun) == [
        VisibleTestsRun(HALF, ("f(1) == 1",), (FailedTest("f(2) == 4", Ending.FAIL, "wrong"),)),
        VisibleTestsRun(RIGHT, ("f(1) == 1", "f(2) == 4"), ()),
    ]
    (completion,) = answer.completions
    checks = [verdict.check for verdict in completion.verdicts]
    assert checks == ["syntax", "names", "dead_code", "tests"]


async def test_where_nothing_can_be_run_it_is_offered_unverified(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        candidate_tests, "unrunnable", lambda language: "nothing contains code here"
    )
    engines = {"small": ScriptedEngine("small", [WRONG])}
    policy = Policy((Tier("small", 2),))
    request = _request(CODE)
    answer = await _last(Cascade(request, route(request, policy), policy, engines, run=_run))
    (completion,) = answer.completions
    assert completion.verdicts[-1].outcome.value == "SKIP"
    assert completion.verdicts[-1].detail == "nothing contains code here"


@pytest.mark.usefixtures("runner")
async def test_a_model_is_asked_for_tests_where_nobody_wrote_any() -> None:
    def answers(request: Any) -> Scripts:
        if "assert f(" in request.prompt.head:
            return ["1) == 1\nassert f(3) == 9"]
        return [RIGHT, HALF]

    engines = {"small": ScriptedEngine("small", answers)}
    policy = Policy((Tier("small", 2),), test_samples=2, minimum_agreement=0.0)
    request = _request(WITHOUT)
    answer = await _last(Cascade(request, route(request, policy), policy, engines, run=_run))
    assert events(answer, WroteTests) == [WroteTests("small", 2, 0)]
    assert answer.completions[0].text == RIGHT
    asked = engines["small"].requests[-1]
    shown = "".join(piece.text for piece in asked.prompt.pieces) + asked.prompt.head
    assert "def f(x):" in shown
    assert "return x" not in shown


@pytest.mark.usefixtures("runner")
async def test_cancelling_ends_what_runs() -> None:
    begun, ended = threading.Event(), threading.Event()

    def slow(
        hole: Hole, texts: Sequence[str], tests: Sequence[UnitTest], environment: RunEnvironment
    ) -> RunReport:
        assert environment.cancel is not None
        begun.set()
        assert environment.cancel.wait(30.0), "nobody cancelled"
        ended.set()
        return RunReport(tuple(texts), tuple(tests), refusal="cancelled")

    engines = {"small": ScriptedEngine("small", [RIGHT])}
    policy = Policy((Tier("small", 1),))
    request = _request(CODE)
    cascade = Cascade(request, route(request, policy), policy, engines, run=slow)
    waiting = asyncio.create_task(_last(cascade))
    await asyncio.to_thread(begun.wait, 30.0)
    waiting.cancel()
    await asyncio.wait([waiting])
    assert ended.is_set()


@pytest.mark.needs("sandbox")
async def test_all_of_it_for_real() -> None:
    loop = Script("while True: pass")
    engines = {
        "small": ScriptedEngine("small", [WRONG, loop]), "large": ScriptedEngine("large", [LEFT]),
    }  # fmt: skip
    answer = await Completer(engines, BOTH).complete(_request(CODE))
    assert run_tests.unrunnable("python") == ""
    assert [completion.text for completion in answer.completions] == [LEFT]
    assert answer.decided
    assert answer.completions[0].verdicts[-1].detail == "2 of 2 tests pass"
    assert [routed.extent for routed in events(answer, Routed)] == [Extent.FUNCTION]
