"""Runs tests on filled holes, in the sandbox, and says of each how each test ended.

Exceptions, endless loops, floods of output, crashes and results that change from run to run are
outcomes. What the file itself does when it is imported happens in the sandbox, and if that alone
cannot be done there, because a package is missing or a service is not there, nothing is held
against any candidate: it is a SKIP with the reason.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from code_checks.functions import function_around
from code_checks.hole import Hole
from code_checks.judge import Ending, TestOutcome, judge_python, outputs_python
from code_checks.languages import language_named
from code_checks.sandbox import JudgeLimits, SandboxUnavailable, probe
from code_checks.test_case import UnitTest
from code_checks.verdict import Outcome, Verdict

_SHOWN = 3
_ENVIRONMENT = ("ModuleNotFoundError", "ImportError")
_PLACEHOLDER = {"python": "raise NotImplementedError"}


@dataclass(frozen=True, slots=True)
class Bench:
    """Where tests are run: what lies beside the file under test, and how long it may take.

    `files` are copies of the workspace's files that the file imports, by path. `packages` are
    folders with installed packages, which only the user's own settings may name.
    """

    files: Mapping[str, str] = field(default_factory=dict)
    packages: tuple[Path, ...] = ()
    limits: JudgeLimits = JudgeLimits()
    cancel: threading.Event | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """How each test ended for each text, in their orders; `refusal` is why nothing was run."""

    texts: tuple[str, ...]
    tests: tuple[UnitTest, ...]
    outcomes: tuple[tuple[TestOutcome, ...], ...] = ()
    refusal: str = ""
    ms: float = 0.0

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
    known = language_named(language)
    if known is None or known.name not in _RUNNERS:
        return f"tests of {language or 'this language'} are not run"
    level = probe()
    return "" if level.available else level.detail


def run_tests(
    hole: Hole, texts: Sequence[str], tests: Sequence[UnitTest], bench: Bench = Bench()
) -> Report:
    """Run each test on each filled hole. Never raises because of the code.

    A candidate that passes where another fails is run again on the tests that they disagree on:
    who then ends differently is FLAKY, which is no pass.
    """
    begin = time.perf_counter()
    report = Report(tuple(texts), tuple(tests))
    refusal = unrunnable(hole.language) or ("" if tests else "there are no tests")
    if refusal or not texts:
        return Report(report.texts, report.tests, refusal=refusal)
    run = _RUNNERS[_family(hole)]
    try:
        programs = [hole.fill(text) for text in texts]
        outcomes = run(programs, tests, bench)
        outcomes = _confirmed(run, programs, tests, outcomes, bench)
        refusal = _environment(hole, outcomes, bench)
    except SandboxUnavailable as error:
        outcomes, refusal = [], str(error)
    ms = (time.perf_counter() - begin) * 1000
    return Report(report.texts, report.tests, tuple(map(tuple, outcomes)), refusal, ms)


def check_tests(
    hole: Hole, text: str, tests: Sequence[UnitTest], bench: Bench = Bench()
) -> Verdict:
    """Return whether a filled hole passes all of these tests."""
    return run_tests(hole, (text,), tests, bench).verdict(0)


def compare_results(
    hole: Hole, texts: Sequence[str], calls: Sequence[str], bench: Bench = Bench()
) -> tuple[tuple[str, ...], ...]:
    """Return what each filled hole gives for each call, as texts that are equal for equal results.

    An exception counts by its kind; what changes from run to run equals nothing. Empty where
    nothing can be run. Python only (MBR-exec, Shi et al. 2022).
    """
    if not texts or not calls or _family(hole) != "python" or unrunnable(hole.language):
        return ()
    programs = [hole.fill(text) for text in texts]
    try:
        judged = outputs_python(
            programs, calls, limits=bench.limits, files=bench.files,
            read_only=bench.packages, runs=2, cancel=bench.cancel,
        )  # fmt: skip
    except SandboxUnavailable:
        return ()
    return tuple(
        tuple(_result(outcome, index) for outcome in row) for index, row in enumerate(judged)
    )


def _result(outcome: TestOutcome, index: int) -> str:
    if outcome.passed:
        return f"= {outcome.detail}"
    if outcome.ending is Ending.ERROR:
        return f"! {outcome.detail.partition(':')[0]}"
    return f"? {outcome.ending} {index}"


_Runner = Callable[[Sequence[str], Sequence[UnitTest], Bench], list[list[TestOutcome]]]


def _run_python(
    programs: Sequence[str], tests: Sequence[UnitTest], bench: Bench
) -> list[list[TestOutcome]]:
    return judge_python(
        programs, [test.code for test in tests], limits=bench.limits, files=bench.files,
        read_only=bench.packages, cancel=bench.cancel,
    )  # fmt: skip


_RUNNERS: Mapping[str, _Runner] = {"python": _run_python}


def _family(hole: Hole) -> str:
    known = language_named(hole.language)
    return known.name if known else hole.language


def _confirmed(
    run: _Runner,
    programs: Sequence[str],
    tests: Sequence[UnitTest],
    outcomes: list[list[TestOutcome]],
    bench: Bench,
) -> list[list[TestOutcome]]:
    """Return the outcomes with those that do not hold when they are run again as FLAKY."""
    columns = range(len(tests))
    disputed = [c for c in columns if len({row[c].passed for row in outcomes}) > 1]
    rows = [r for r, row in enumerate(outcomes) if all(outcome.passed for outcome in row)]
    if not disputed or not rows:
        return outcomes
    again = run([programs[r] for r in rows], [tests[c] for c in disputed], bench)
    for r, row in zip(rows, again, strict=True):
        for c, outcome in zip(disputed, row, strict=True):
            if outcome.ending not in (Ending.PASS, Ending.NOT_RUN):
                outcomes[r][c] = TestOutcome(Ending.FLAKY, outcome.detail)
    return outcomes


def _environment(hole: Hole, outcomes: list[list[TestOutcome]], bench: Bench) -> str:
    """Return why the file cannot be used in the sandbox whatever fills the hole, or ""."""
    endings = {outcome.ending for row in outcomes for outcome in row}
    if Ending.PASS in endings or Ending.FAIL in endings:
        return ""
    if endings == {Ending.NOT_RUN}:
        return "there was no time to run the tests"
    stub = _stub(hole)
    if stub is None:
        return ""
    idle = UnitTest("pass", "the file is imported")
    (outcome,) = _RUNNERS[_family(hole)]([stub], [idle], bench)[0]
    if outcome.passed:
        return ""
    return f"the file cannot be used in the sandbox: {outcome.detail or outcome.ending}"


def _stub(hole: Hole) -> str | None:
    """Return the document with a function that does nothing but raise, None if that is unknown."""
    function = function_around(hole)
    statement = _PLACEHOLDER.get(_family(hole))
    if function is None or statement is None:
        return None
    without = function.body_hole(hole.prefix + hole.suffix)
    indent = function.indent or "    "
    return f"{without.prefix.rstrip()}\n{indent}{statement}\n{without.suffix}"


def _judged(
    tests: Sequence[UnitTest], outcomes: Sequence[TestOutcome]
) -> tuple[Outcome, str]:
    pairs = list(zip(tests, outcomes, strict=True))
    missing = [o for _, o in pairs if o.detail.startswith(_ENVIRONMENT)]
    if missing and len(missing) == len(pairs):
        return Outcome.SKIP, f"it needs what the sandbox does not have: {missing[0].detail}"
    if all(outcome.ending is Ending.NOT_RUN for _, outcome in pairs):
        return Outcome.SKIP, "there was no time to run the tests"
    failed = [f"{t.label} ({o.detail or o.ending})" for t, o in pairs if not o.passed]
    if not failed:
        return Outcome.PASS, f"passed {len(pairs)} of {len(pairs)} tests"
    more = f" and {len(failed) - _SHOWN} more" if len(failed) > _SHOWN else ""
    count = f"passed {len(pairs) - len(failed)} of {len(pairs)} tests"
    return Outcome.FAIL, f"{count}; failed: {'; '.join(failed[:_SHOWN])}{more}"
