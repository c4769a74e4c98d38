"""Writing tests for a function: assertions of models, kept only if they run.

The assertions are taken from several generations, deduplicated and weighed as in CodeT (Chen et al.
2022), then run against the function as it is. One that it passes is kept; one that it fails is
kept, too, and marked, because either may be wrong; one that does not even run is dropped.
"""

from __future__ import annotations

import asyncio

import msgspec

from code_checks.execution.generated_tests import generated_tests, understands_assertions
from code_checks.execution.judge import Ending
from code_checks.execution.python_test_file import (
    TestFile,
    WrittenTest,
    for_file,
    for_script,
    test_file,
)
from code_checks.execution.run_tests import RunReport, unrunnable
from code_checks.execution.script_test_file import for_script_file, script_test_file
from code_checks.hole import Extent, Hole
from code_checks.languages import unit_testing_of
from code_checks.languages.unit_testing import Toolchain
from code_checks.trees.functions import Function, function_at
from ensemble.async_iterators import closing
from ensemble.cascade.completer import Completer
from ensemble.code_actions.function_tests import FunctionTests
from ensemble.code_actions.proposal import (
    ActionRequest,
    Change,
    FileText,
    Proposal,
    declined,
    proposed,
)
from ensemble.request import CompletionRequest
from ensemble.trace.action_events import EditTried
from ensemble.trace.trace import Journal, shortened

ENOUGH = 3
"""With so many tests that run, no larger model is asked."""
_MOST = 8
_SAMPLES = 4
_MOST_LINES = 8
_TITLE = "Write tests for this function"


async def write_tests(order: ActionRequest, completer: Completer, journal: Journal) -> Proposal:
    """Propose tests for the function at the order's place."""
    function = await asyncio.to_thread(function_at, order.language, order.source, order.offset)
    if refusal := _refusal(order, function):
        return declined(journal, _TITLE, refusal)
    assert function is not None
    examination = await FunctionTests.of(order, function)
    body = order.source[function.body[0] : function.body[1]]
    written: list[str] = []
    kept: list[WrittenTest] = []
    async with closing(completer.unchecked_texts(_question(order, function), journal)) as tiers:
        async for drafts in tiers:
            written += [f"{_lead(function)}{draft.candidate.text}" for draft in drafts]
            tests = generated_tests(function.language, function.name, written)[: 2 * _MOST]
            report = await examination.run([body], tests)
            if report.refusal and tests:
                return declined(journal, _TITLE, report.refusal)
            kept = _kept(report, journal)
            if len(kept) >= ENOUGH:
                break
    if not kept:
        return declined(journal, _TITLE, "no model wrote a test that runs")
    file = await asyncio.to_thread(_file, order, function)
    if file is None and not _is_python(function):
        return declined(journal, _TITLE, f"{function.name} is not exported, so no test reaches it")
    held = order.source if file is None else file.text
    new = [test for test in kept if test.code not in held]
    if not new:
        return declined(journal, _TITLE, "every test that was found is there already")
    return _proposal(order, function, new[:_MOST], file, journal)


def _refusal(order: ActionRequest, function: Function | None) -> str:
    if function is None or function.is_stub:
        return "there is no function with a body here"
    if not is_testable(function):
        return "tests are written for functions of a module that return a value"
    if not order.may_run:
        return "`tests.run` is off, and tests that were never run are not offered"
    return unrunnable(order.language)


def is_testable(function: Function) -> bool:
    """Whether tests of a function can be written: it is called by its name, in a language whose
    assertions are understood."""
    return understands_assertions(function.language) and function.has_values


def _question(order: ActionRequest, function: Function) -> CompletionRequest:
    """Ask for assertions: a test of the function has been begun below it."""
    hole = Hole(order.language, order.source[: function.span[1]] + _begun(function), "")
    request = order.request(hole, Extent.BLOCK, max_lines=_MOST_LINES)
    return msgspec.structs.replace(request, samples=_SAMPLES)


def _begun(function: Function) -> str:
    """Return the beginning of a test, up to the arguments of the first call."""
    testing = unit_testing_of(function.language)
    opening = testing.opening if testing else ""
    return f"{opening.replace('NAME', function.name)}{_lead(function)}"


def _lead(function: Function) -> str:
    testing = unit_testing_of(function.language)
    return f"{testing.assertion if testing else ''}{function.name}("


def _kept(report: RunReport, journal: Journal) -> list[WrittenTest]:
    """Return the tests that ran, those that failed with the reason."""
    kept = []
    for test, outcome in zip(
        report.tests, report.outcomes[0] if report.outcomes else (), strict=True
    ):
        runs = outcome.ending in (Ending.PASS, Ending.FAIL)
        journal.note(
            EditTried(
                how="test",
                text=shortened(test.code),
                helped=int(outcome.passed),
                detail="" if outcome.passed else f"{outcome.ending}: {outcome.detail}",
            )
        )
        if runs:
            failure = "" if outcome.passed else _one_line(outcome.detail)
            kept.append(WrittenTest(test.code, passes=outcome.passed, failure=failure))
    return kept


def _proposal(
    order: ActionRequest,
    function: Function,
    tests: list[WrittenTest],
    file: TestFile | None,
    journal: Journal,
) -> Proposal:
    failing = sum(not test.passes for test in tests)
    said = "1 test, which runs" if len(tests) == 1 else f"{len(tests)} tests, which all run"
    if failing:
        said += f"; {failing} of them, marked, failed by the function as it is"
    title = f"Write tests for {function.name}"
    if file is None:
        end = function.span[1]
        change = Change(end, end, for_script(tests, function, order.source).rstrip("\n"))
        return proposed(journal, title, said, [change])
    written = (for_file if _is_python(function) else for_script_file)(tests, function, file)
    text = FileText(file.path, written)
    return proposed(journal, title, f"{said}; in {file.path}", files=[text])


def _file(order: ActionRequest, function: Function) -> TestFile | None:
    if _is_python(function):
        return test_file(order.workspace, order.path)
    return script_test_file(order.workspace, order.path, order.source, function)


def _is_python(function: Function) -> bool:
    testing = unit_testing_of(function.language)
    return testing is not None and testing.toolchain is Toolchain.PYTHON


def _one_line(text: str) -> str:
    return " ".join(text.split())[:100]
