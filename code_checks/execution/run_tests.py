"""Runs tests on filled holes, in the sandbox, and says of each how each test ended.

Exceptions, endless loops, floods of output, crashes and results that change from run to run are
outcomes. The file itself is imported in the sandbox; where that import fails whatever fills the
hole, because a package or a service is missing, no candidate is failed for it: the verdict is SKIP
with the reason. A test of the workspace that does not reach the function is left out, too: it is
found by running the tests on a body that only raises.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from code_checks.execution.environment import BARE_ENVIRONMENT, RunEnvironment, Runner
from code_checks.execution.judge import Ending, TestOutcome
from code_checks.execution.runners.go import go_refusal, run_go
from code_checks.execution.runners.node import node_refusal, run_node, run_typescript
from code_checks.execution.runners.python import python_results, run_python
from code_checks.execution.unit_test import Origin, UnitTest
from code_checks.hole import Hole
from code_checks.languages import unit_testing_of
from code_checks.languages.unit_testing import Toolchain, UnitTesting
from code_checks.sandbox import SandboxUnavailable, probe_sandbox
from code_checks.trees.functions import function_around
from code_checks.verdict import Outcome, Verdict

_RUNNERS: Mapping[Toolchain, Runner] = {
    Toolchain.PYTHON: run_python,
    Toolchain.NODE: run_node,
    Toolchain.GO: run_go,
}
_REFUSALS = {Toolchain.NODE: node_refusal, Toolchain.GO: go_refusal}
_NOT_WRITTEN = "coterie: not written"
"""What a body that only raises says: a test that ends so has reached the function."""
_MISSING = ("ModuleNotFoundError", "ImportError")
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class RunReport:
    """How each test ended for each text."""

    texts: tuple[str, ...]
    """The texts for the hole."""
    tests: tuple[UnitTest, ...]
    """The tests that were run."""
    outcomes: tuple[tuple[TestOutcome, ...], ...] = ()
    """For each text, how each test ended."""
    refusal: str = ""
    """The reason for which nothing was run, "" if the tests were."""
    ms: float = 0.0
    """How long the run took, in milliseconds."""
    unusable: tuple[tuple[UnitTest, str], ...] = ()
    """Tests that cannot judge here, with the reason; they are not among `tests`."""

    def passed(self, index: int) -> frozenset[UnitTest]:
        """Return the tests that the text with this index passed."""
        if self.refusal:
            return frozenset()
        pairs = zip(self.tests, self.outcomes[index], strict=True)
        return frozenset(test for test, outcome in pairs if outcome.passed)

    def verdict(self, index: int) -> Verdict:
        """Return what visible tests say of the text with this index: FAIL unless all passed."""
        ms = self.ms / max(1, len(self.texts))
        if self.refusal:
            return Verdict("tests", Outcome.SKIP, self.refusal, ms)
        return Verdict("tests", *_judged(self.tests, self.outcomes[index]), ms)


def unrunnable(language: str) -> str:
    """Return why no test of this language can be run on this machine, "" if they can be."""
    testing = unit_testing_of(language)
    if testing is None:
        return f"tests of {language or 'this language'} are not run"
    level = probe_sandbox()
    if not level.available:
        return level.detail
    return _REFUSALS[testing.toolchain]() if testing.toolchain in _REFUSALS else ""


def run_tests(
    hole: Hole,
    texts: Sequence[str],
    tests: Sequence[UnitTest],
    environment: RunEnvironment = BARE_ENVIRONMENT,
) -> RunReport:
    """Run each test on each filled hole. Never raises because of the code.

    A candidate that passes where another one fails is run again on the tests on which the two
    disagree: a test that then ends differently is FLAKY, which is no pass.
    """
    begin = time.perf_counter()
    report = RunReport(tuple(texts), tuple(tests))
    refusal = unrunnable(hole.language) or ("" if tests else "no tests were found")
    if refusal or not texts:
        return replace(report, refusal=refusal)
    try:
        report = _run(hole, report, environment)
    except SandboxUnavailable as error:
        report = replace(report, refusal=str(error))
    return replace(report, ms=(time.perf_counter() - begin) * 1000)


def compare_results(
    hole: Hole,
    texts: Sequence[str],
    calls: Sequence[str],
    environment: RunEnvironment = BARE_ENVIRONMENT,
) -> tuple[tuple[str, ...], ...]:
    """Return what each filled hole gives for each call, as texts that are equal for equal results.

    An exception counts by its kind; what changes from run to run equals nothing. Empty where
    nothing can be run. Python only (MBR-exec, Shi et al. 2022).
    """
    testing = unit_testing_of(hole.language)
    if not texts or not calls or testing is None or testing.toolchain is not Toolchain.PYTHON:
        return ()
    if unrunnable(hole.language):
        return ()
    try:
        rows = python_results([hole.fill(text) for text in texts], calls, environment)
    except SandboxUnavailable:
        return ()
    return tuple(
        tuple(_result(outcome, index) for outcome in row) for index, row in enumerate(rows)
    )


def _run(hole: Hole, report: RunReport, environment: RunEnvironment) -> RunReport:
    testing = unit_testing_of(hole.language)
    assert testing is not None, "unrunnable() says so"
    run = run_typescript if testing.is_typed else _RUNNERS[testing.toolchain]
    stub = _stub(hole, testing)
    if stub is not None:
        report = _without_unusable(run, stub, report, environment)
        if not report.tests:
            return replace(report, refusal=_unusable_reason(report))
    programs = [hole.fill(text) for text in report.texts]
    outcomes = run(programs, report.tests, environment)
    outcomes = _confirmed(run, programs, report.tests, outcomes, environment)
    refusal = _refused_file(run, stub, outcomes, environment)
    return replace(report, outcomes=tuple(map(tuple, outcomes)), refusal=refusal)


def _without_unusable(
    run: Runner, stub: str, report: RunReport, environment: RunEnvironment
) -> RunReport:
    """Leave out the workspace's tests that end before they reach a function that only raises.

    Such tests have errors of their own or need what the sandbox does not have, and a slow test
    would cost its time again for each candidate.
    """
    tests = [test for test in report.tests if test.origin is Origin.WORKSPACE]
    if not tests:
        return report
    (outcomes,) = run([stub], tests, environment)
    reasons = {
        test: f"does not reach the function: {_line(outcome)}"
        for test, outcome in zip(tests, outcomes, strict=True)
        if _NOT_WRITTEN not in outcome.detail
    }
    kept = tuple(test for test in report.tests if test not in reasons)
    return replace(report, tests=kept, unusable=tuple(reasons.items()))


def _unusable_reason(report: RunReport) -> str:
    test, reason = report.unusable[0]
    more = f" (and {len(report.unusable) - 1} more)" if len(report.unusable) > 1 else ""
    return f"{test.label} {reason}{more}"


def _confirmed(
    run: Runner,
    programs: Sequence[str],
    tests: Sequence[UnitTest],
    outcomes: list[list[TestOutcome]],
    environment: RunEnvironment,
) -> list[list[TestOutcome]]:
    """Return the outcomes with those that do not hold when they are run again as FLAKY."""
    disputed = [c for c in range(len(tests)) if len({row[c].passed for row in outcomes}) > 1]
    rows = [r for r, row in enumerate(outcomes) if all(outcome.passed for outcome in row)]
    if not disputed or not rows:
        return outcomes
    again = run([programs[r] for r in rows], [tests[c] for c in disputed], environment)
    for r, row in zip(rows, again, strict=True):
        for c, outcome in zip(disputed, row, strict=True):
            if outcome.ending not in (Ending.PASS, Ending.NOT_RUN):
                outcomes[r][c] = TestOutcome(Ending.FLAKY, outcome.detail)
    return outcomes


def _refused_file(
    run: Runner,
    stub: str | None,
    outcomes: Sequence[Sequence[TestOutcome]],
    environment: RunEnvironment,
) -> str:
    """Return why the file cannot be used in the sandbox whatever fills the hole, or ""."""
    endings = {outcome.ending for row in outcomes for outcome in row}
    if endings == {Ending.NOT_RUN}:
        return outcomes[0][0].detail or "there was no time to run the tests"
    if stub is None or Ending.PASS in endings or Ending.FAIL in endings:
        return ""
    (outcome,) = run([stub], [UnitTest("", "the file is imported")], environment)[0]
    if outcome.passed:
        return ""
    return f"the file cannot be used in the sandbox: {_line(outcome)}"


def _stub(hole: Hole, testing: UnitTesting) -> str | None:
    """Return the document with a function that does nothing but raise, None if that is unknown."""
    function = function_around(hole)
    if function is None:
        return None
    statement = testing.raising.replace("MESSAGE", _NOT_WRITTEN)
    without = function.body_hole(hole.prefix + hole.suffix)
    return f"{without.prefix.rstrip()}\n{function.indent or '    '}{statement}\n{without.suffix}"


def _judged(tests: Sequence[UnitTest], outcomes: Sequence[TestOutcome]) -> tuple[Outcome, str]:
    pairs = list(zip(tests, outcomes, strict=True))
    if all(outcome.detail.startswith(_MISSING) for _, outcome in pairs):
        return Outcome.SKIP, f"it needs what the sandbox does not have: {pairs[0][1].detail}"
    if all(outcome.ending is Ending.NOT_RUN for _, outcome in pairs):
        return Outcome.SKIP, pairs[0][1].detail or "there was no time to run the tests"
    failed = [f"{test.label} ({_line(outcome)})" for test, outcome in pairs if not outcome.passed]
    count = f"{len(pairs) - len(failed)} of {len(pairs)} tests pass"
    if not failed:
        return Outcome.PASS, count
    more = f" and {len(failed) - _SHOWN} more" if len(failed) > _SHOWN else ""
    return Outcome.FAIL, f"{count}; failed: {'; '.join(failed[:_SHOWN])}{more}"


def _line(outcome: TestOutcome) -> str:
    """Return how a test ended, on one line."""
    return outcome.detail.partition("\n")[0] or outcome.ending.value


def _result(outcome: TestOutcome, index: int) -> str:
    if outcome.passed:
        return f"= {outcome.detail}"
    if outcome.ending is Ending.ERROR:
        return f"! {outcome.detail.partition(':')[0]}"
    return f"? {outcome.ending} {index}"
