"""Runs tests on filled holes, in the sandbox, and says of each how each test ended.

Exceptions, endless loops, floods of output, crashes and results that change from run to run are
outcomes. What the file itself does when it is imported happens in the sandbox, and if that alone
cannot be done there, because a package is missing or a service is not there, nothing is held
against any candidate: it is a SKIP with the reason. The same holds for a test of the workspace
that does not even reach the function, which a body that only raises finds out.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from code_checks.execution.environment import BARE_BENCH, RunEnvironment, Runner
from code_checks.execution.judge import Ending, TestOutcome
from code_checks.execution.runners.go import go_refusal, run_go
from code_checks.execution.runners.node import node_refusal, run_node, run_typescript
from code_checks.execution.runners.python import python_results, run_python
from code_checks.execution.unit_test import Origin, UnitTest
from code_checks.hole import Hole
from code_checks.languages import language_named
from code_checks.sandbox import SandboxUnavailable, probe
from code_checks.trees.functions import function_around
from code_checks.verdict import Outcome, Verdict

_RUNNERS: Mapping[str, Runner] = {
    "python": run_python,
    "javascript": run_node,
    "typescript": run_typescript,
    "go": run_go,
}
_REFUSALS = {"javascript": node_refusal, "typescript": node_refusal, "go": go_refusal}
_NOT_WRITTEN = "coterie: not written"
"""What a body that only raises says: a test that ends so has reached the function."""
_RAISES = {
    "python": f'raise NotImplementedError("{_NOT_WRITTEN}")',
    "javascript": f'throw new Error("{_NOT_WRITTEN}");',
    "typescript": f'throw new Error("{_NOT_WRITTEN}");',
    "go": f'panic("{_NOT_WRITTEN}")',
}
_MISSING = ("ModuleNotFoundError", "ImportError")
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class RunReport:
    """How each test ended for each text, in their orders; `refusal` is why nothing was run.

    `unusable` are tests that cannot judge here, with the reason; they are not among `tests`.
    """

    texts: tuple[str, ...]
    tests: tuple[UnitTest, ...]
    outcomes: tuple[tuple[TestOutcome, ...], ...] = ()
    refusal: str = ""
    ms: float = 0.0
    unusable: tuple[tuple[UnitTest, str], ...] = ()

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
    kind = _kind(language)
    if kind not in _RUNNERS:
        return f"tests of {language or 'this language'} are not run"
    level = probe()
    if not level.available:
        return level.detail
    return _REFUSALS[kind]() if kind in _REFUSALS else ""


def run_tests(
    hole: Hole, texts: Sequence[str], tests: Sequence[UnitTest], bench: RunEnvironment = BARE_BENCH
) -> RunReport:
    """Run each test on each filled hole. Never raises because of the code.

    A candidate that passes where another fails is run again on the tests that they disagree on:
    who then ends differently is FLAKY, which is no pass.
    """
    begin = time.perf_counter()
    report = RunReport(tuple(texts), tuple(tests))
    refusal = unrunnable(hole.language) or ("" if tests else "no tests were found")
    if refusal or not texts:
        return replace(report, refusal=refusal)
    try:
        report = _run(hole, report, bench)
    except SandboxUnavailable as error:
        report = replace(report, refusal=str(error))
    return replace(report, ms=(time.perf_counter() - begin) * 1000)


def compare_results(
    hole: Hole, texts: Sequence[str], calls: Sequence[str], bench: RunEnvironment = BARE_BENCH
) -> tuple[tuple[str, ...], ...]:
    """Return what each filled hole gives for each call, as texts that are equal for equal results.

    An exception counts by its kind; what changes from run to run equals nothing. Empty where
    nothing can be run. Python only (MBR-exec, Shi et al. 2022).
    """
    if not texts or not calls or _kind(hole.language) != "python" or unrunnable(hole.language):
        return ()
    try:
        rows = python_results([hole.fill(text) for text in texts], calls, bench)
    except SandboxUnavailable:
        return ()
    return tuple(
        tuple(_result(outcome, index) for outcome in row) for index, row in enumerate(rows)
    )


def _run(hole: Hole, report: RunReport, bench: RunEnvironment) -> RunReport:
    run = _RUNNERS[_kind(hole.language)]
    stub = _stub(hole)
    if stub is not None:
        report = _without_unusable(run, stub, report, bench)
        if not report.tests:
            return replace(report, refusal=_unusable_reason(report))
    programs = [hole.fill(text) for text in report.texts]
    outcomes = run(programs, report.tests, bench)
    outcomes = _confirmed(run, programs, report.tests, outcomes, bench)
    refusal = _environment(run, stub, outcomes, bench)
    return replace(report, outcomes=tuple(map(tuple, outcomes)), refusal=refusal)


def _without_unusable(
    run: Runner, stub: str, report: RunReport, bench: RunEnvironment
) -> RunReport:
    """Leave out the workspace's tests that end before they reach a function that only raises.

    They are broken or need what the sandbox does not have, and a slow one would cost its time
    again for each candidate.
    """
    tests = [test for test in report.tests if test.origin is Origin.WORKSPACE]
    if not tests:
        return report
    (outcomes,) = run([stub], tests, bench)
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
    bench: RunEnvironment,
) -> list[list[TestOutcome]]:
    """Return the outcomes with those that do not hold when they are run again as FLAKY."""
    disputed = [c for c in range(len(tests)) if len({row[c].passed for row in outcomes}) > 1]
    rows = [r for r, row in enumerate(outcomes) if all(outcome.passed for outcome in row)]
    if not disputed or not rows:
        return outcomes
    again = run([programs[r] for r in rows], [tests[c] for c in disputed], bench)
    for r, row in zip(rows, again, strict=True):
        for c, outcome in zip(disputed, row, strict=True):
            if outcome.ending not in (Ending.PASS, Ending.NOT_RUN):
                outcomes[r][c] = TestOutcome(Ending.FLAKY, outcome.detail)
    return outcomes


def _environment(
    run: Runner, stub: str | None, outcomes: Sequence[Sequence[TestOutcome]], bench: RunEnvironment
) -> str:
    """Return why the file cannot be used in the sandbox whatever fills the hole, or ""."""
    endings = {outcome.ending for row in outcomes for outcome in row}
    if endings == {Ending.NOT_RUN}:
        return outcomes[0][0].detail or "there was no time to run the tests"
    if stub is None or Ending.PASS in endings or Ending.FAIL in endings:
        return ""
    (outcome,) = run([stub], [UnitTest("", "the file is imported")], bench)[0]
    if outcome.passed:
        return ""
    return f"the file cannot be used in the sandbox: {_line(outcome)}"


def _stub(hole: Hole) -> str | None:
    """Return the document with a function that does nothing but raise, None if that is unknown."""
    function = function_around(hole)
    statement = _RAISES.get(_kind(hole.language))
    if function is None or statement is None:
        return None
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


def _kind(language: str) -> str:
    """Return the language whose runner is used: JSX and TSX are run like the rest."""
    known = language_named(language)
    return known.name.removesuffix("react") if known else language
