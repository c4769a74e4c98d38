"""Runs the tests of Python programs through the judge, those of the workspace in their files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from code_checks.bench import Bench
from code_checks.judge import TestOutcome, judge_python, outputs_python
from code_checks.test_case import UnitTest
from code_checks.workspace_tests import HARNESS, import_names

_RELATIVE = re.compile(r"(?m)^[ \t]*from[ \t]+\.")
_AT_ONCE = 24
"""How many programs share a sandbox: its time is for all of them."""


def run_python(
    programs: Sequence[str], tests: Sequence[UnitTest], bench: Bench
) -> list[list[TestOutcome]]:
    """Return how each test ended for each program. Raises SandboxUnavailable."""
    sources = [_placed(program, bench.path) for program in programs]
    files = {**bench.files, f"{HARNESS}.py": _harness()}
    return [
        row
        for start in range(0, len(sources), _AT_ONCE)
        for row in judge_python(
            sources[start : start + _AT_ONCE],
            [test.code for test in tests],
            limits=bench.limits,
            files=files,
            read_only=bench.packages,
            cancel=bench.cancel,
        )
    ]


def python_results(
    programs: Sequence[str], calls: Sequence[str], bench: Bench
) -> list[list[TestOutcome]]:
    """Return what each call gives in each program, each run twice. Raises SandboxUnavailable."""
    sources = [_placed(program, bench.path) for program in programs]
    return [
        row
        for start in range(0, len(sources), _AT_ONCE)
        for row in outputs_python(
            sources[start : start + _AT_ONCE],
            calls,
            limits=bench.limits,
            files={**bench.files, f"{HARNESS}.py": _harness()},
            read_only=bench.packages,
            runs=2,
            cancel=bench.cancel,
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
    return Path(__file__).with_name("inside_tests").joinpath(f"{HARNESS}.py").read_text("utf-8")
