"""Runs the tests of Python programs through the judge, those of the workspace in their files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from code_checks.execution.environment import RunEnvironment
from code_checks.execution.judge import Ending, TestOutcome, judge_python, outputs_python
from code_checks.execution.unit_test import Origin, UnitTest
from code_checks.execution.workspace_tests import HARNESS, import_names
from code_checks.sandbox import JudgeLimits, Limits

_RELATIVE = re.compile(r"(?m)^[ \t]*from[ \t]+\.")
_AT_ONCE = 24
"""How many programs share a sandbox: its time is for all of them."""
_SECONDS = 0.3
"""How long one of many tests may compute; CodeT's own judge gives them a tenth of a second."""
_TOGETHER = JudgeLimits(
    test_cpu_seconds=5,
    test_seconds=15.0,
    candidate_seconds=20.0,
    sandbox=Limits(wall_seconds=120.0, cpu_seconds=120),
)
_LETTERS = {"p": Ending.PASS, "f": Ending.FAIL, "e": Ending.ERROR, "t": Ending.TIMEOUT}


def run_python(
    programs: Sequence[str], tests: Sequence[UnitTest], environment: RunEnvironment
) -> list[list[TestOutcome]]:
    """Return how each test ended for each program. Raises SandboxUnavailable.

    Tests that only vote are run in one process for each program, so that hundreds of them cost
    little; only where that process does not survive, each gets its own, as visible tests always do.
    """
    if not tests or any(test.origin is not Origin.GENERATED for test in tests):
        return _one_by_one(programs, tests, environment)
    rows = _together(programs, tests, environment)
    alone = [index for index, row in enumerate(rows) if row is None]
    again = _one_by_one([programs[index] for index in alone], tests, environment)
    repaired = dict(zip(alone, again, strict=True))
    return [repaired[index] if row is None else row for index, row in enumerate(rows)]


def _one_by_one(
    programs: Sequence[str], tests: Sequence[UnitTest], environment: RunEnvironment
) -> list[list[TestOutcome]]:
    sources = [_placed(program, environment.path) for program in programs]
    files = {**environment.files, f"{HARNESS}.py": _harness()}
    return [
        row
        for start in range(0, len(sources), _AT_ONCE)
        for row in judge_python(
            sources[start : start + _AT_ONCE],
            [test.code for test in tests],
            limits=environment.limits,
            files=files,
            read_only=environment.packages,
            cancel=environment.cancel,
        )
    ]


def _together(
    programs: Sequence[str], tests: Sequence[UnitTest], environment: RunEnvironment
) -> list[list[TestOutcome] | None]:
    """Return the outcomes of each program, None where running them in one process did not work."""
    codes = [test.code for test in tests]
    call = f"__import__({HARNESS!r}).endings({codes!r}, globals(), {_SECONDS})"
    rows = _outputs(programs, [call], replace(environment, limits=_TOGETHER), runs=1)
    return [_lettered(row[0], len(tests)) for row in rows]


def _lettered(outcome: TestOutcome, count: int) -> list[TestOutcome] | None:
    if outcome.ending is Ending.ERROR:
        return [outcome] * count  # The program cannot even be imported.
    letters = outcome.detail.strip("'")
    if not outcome.passed or len(letters) != count:
        return None
    return [TestOutcome(_LETTERS[letter]) for letter in letters]


def python_results(
    programs: Sequence[str], calls: Sequence[str], environment: RunEnvironment
) -> list[list[TestOutcome]]:
    """Return what each call gives in each program, each run twice. Raises SandboxUnavailable."""
    return _outputs(programs, calls, environment, runs=2)


def _outputs(
    programs: Sequence[str], calls: Sequence[str], environment: RunEnvironment, *, runs: int
) -> list[list[TestOutcome]]:
    sources = [_placed(program, environment.path) for program in programs]
    return [
        row
        for start in range(0, len(sources), _AT_ONCE)
        for row in outputs_python(
            sources[start : start + _AT_ONCE],
            calls,
            limits=environment.limits,
            files={**environment.files, f"{HARNESS}.py": _harness()},
            read_only=environment.packages,
            runs=runs,
            cancel=environment.cancel,
        )
    ]


def _placed(program: str, path: str) -> str:
    """Return a program that runs as the module that it is, if it imports its neighbors."""
    names = import_names(path.removeprefix("src/")) if path else ()
    if not names or not _RELATIVE.search(program):
        return program
    return f"import {HARNESS}\n{HARNESS}.define({program!r}, {path!r}, {names[0]!r}, globals())\n"


@cache
def _harness() -> str:
    return Path(__file__).parents[1].joinpath("harness", f"{HARNESS}.py").read_text("utf-8")
