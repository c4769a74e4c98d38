"""Runs the tests of tasks on what models wrote, in the sandbox, many programs at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

from code_checks.execution.judge import judge_python
from code_checks.sandbox import JudgeLimits, Limits, SandboxUnavailable, probe_sandbox
from ensemble.errors import EvaluationError

SECONDS = 5
"""How much processor time a program's test may use."""

_PATIENCE = 4
"""How many times that it may take by the clock: it may have to wait for the processor."""

_BATCH = 24
"""Programs for one sandbox, which takes longer to start than most of them run."""

_SANDBOXES = 2

ENTRANCE = "run_the_test_of_this_task"
"""The function in a program that raises if the program is wrong."""


def sandbox_problem() -> str:
    """Return why no program can be run on this machine, and what would help; "" if they can."""
    level = probe_sandbox()
    return "" if level.available else f"tests cannot be run here: {level.detail}"


def run_programs(programs: Iterable[str]) -> Iterator[bool]:
    """Yield for each program, in order, whether its `ENTRANCE` came to its end.

    Whatever else a program does, it does in a sandbox; see `code_checks.sandbox`. Raises
    EvaluationError where there is none.
    """
    with ThreadPoolExecutor(_SANDBOXES) as pool:
        for batch in pool.map(_run_batch, _batches(programs)):
            yield from batch


def _run_batch(programs: Sequence[str]) -> list[bool]:
    longest = SECONDS * _PATIENCE
    limits = JudgeLimits(
        test_cpu_seconds=SECONDS,
        test_seconds=longest,
        candidate_seconds=longest,
        sandbox=Limits(wall_seconds=30 + longest * len(programs), cpu_seconds=60),
    )
    try:
        judged = judge_python(programs, [f"{ENTRANCE}()"], limits=limits)
    except SandboxUnavailable as error:
        raise EvaluationError(f"tests cannot be run here: {error}") from error
    return [outcome.passed for (outcome,) in judged]


def _batches(programs: Iterable[str]) -> Iterator[list[str]]:
    remaining = iter(programs)
    while batch := list(islice(remaining, _BATCH)):
        yield batch
