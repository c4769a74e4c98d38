"""Judges candidates by running them: which tests each passes, and what each returns.

    judged = judge_python([program, other], ["assert add(1, 2) == 3", "assert add(0, 0) == 0"])
    judged[0][1].ending is Ending.PASS

All candidates for one hole share one sandbox. In it a supervisor, which runs none of their code
and which none of them can read, trace or (where the kernel knows Landlock's signal scopes)
signal, forks once per candidate; that process imports the candidate and forks once per test, so
a test finds the module as it was imported. Each candidate has a pipe of its own to the
supervisor that no other process ever holds, and everything that it left running is killed before
the next one begins. If the supervisor dies all the same, each candidate is run again alone.

A candidate shares its process with the test that judges it, so it can forge its *own* results,
and nothing here prevents that: it may return an object whose `__eq__` is always true, replace
`AssertionError`, or read the key that its reports carry from its own memory. Printing, exiting,
crashing, closing pipes or writing into them does not pass a test. It can never change what is
said about another candidate.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import ClassVar

from code_checks.sandbox import (
    DEFAULT_JUDGE_LIMITS,
    Completed,
    JudgeLimits,
    KilledBy,
    Level,
    probe_sandbox,
)
from code_checks.sandbox.inside.candidate_process import Instructions
from code_checks.sandbox.setting_up import SandboxOrder
from code_checks.sandbox.supervise import start

_MOST_ANSWERS = 64 << 20
"""How much the supervisor may write, whose output no candidate can touch: bytes."""


class Ending(StrEnum):
    """How one test of one candidate ended."""

    PASS = "pass"
    FAIL = "fail"
    """An assertion did not hold."""
    ERROR = "error"
    """There was an exception, perhaps while the module was imported."""
    TIMEOUT = "timeout"
    """The test took too long."""
    FLOOD = "flood"
    """The test printed without end."""
    DIED = "died"
    """The process exited, crashed, was killed, or spoiled its own report."""
    FLAKY = "flaky"
    """The test ended differently when it was run again."""
    NOT_RUN = "not run"
    """The time for all candidates was over, or the run was cancelled."""


@dataclass(frozen=True, slots=True)
class TestOutcome:
    """How one test of one candidate ended, and what was seen."""

    __test__: ClassVar[bool] = False  # for pytest: this is no test

    ending: Ending
    """How the test ended."""
    detail: str = ""
    """The exception; for a call that passed, the value that it returned."""

    @property
    def passed(self) -> bool:
        """Whether it passed; everything else, "not run" included, is no pass."""
        return self.ending is Ending.PASS


def judge_python(
    programs: Sequence[str],
    tests: Sequence[str],
    *,
    limits: JudgeLimits = DEFAULT_JUDGE_LIMITS,
    files: Mapping[str, bytes | str] | None = None,
    read_only: Sequence[Path] = (),
    runs: int = 1,
    cancel: threading.Event | None = None,
    level: Level | None = None,
) -> list[list[TestOutcome]]:
    """Return for each program (a whole module) how each test (a statement or more) ended.

    Tests see the names of the module. `files` are put into the working directory, from which
    modules can be imported; `read_only` are directories with packages, which only the user's own
    settings may name. With `runs` above 1 everything is run again with other hash seeds, and a
    test that ends differently is FLAKY. Setting `cancel` from another thread ends it within
    0.1 s. Raises SandboxUnavailable where nothing contains the code: a SKIP.
    """
    panel = _Panel(tests, False, limits, files or {}, read_only, cancel, level)
    return _agreed([panel.judge(programs, seed) for seed in range(runs)])


def outputs_python(
    programs: Sequence[str],
    calls: Sequence[str],
    *,
    limits: JudgeLimits = DEFAULT_JUDGE_LIMITS,
    files: Mapping[str, bytes | str] | None = None,
    read_only: Sequence[Path] = (),
    runs: int = 1,
    cancel: threading.Event | None = None,
    level: Level | None = None,
) -> list[list[TestOutcome]]:
    """Return for each program what each call (an expression) returned, as for `judge_python`.

    The detail of a PASS is the value's `repr` (sets and dictionaries in a fixed order), so equal
    outcomes mean equal behavior (MBR-exec, Shi et al. 2022, arXiv 2204.11454); a long value is cut
    and carries a digest of the whole.
    """
    panel = _Panel(calls, True, limits, files or {}, read_only, cancel, level)
    return _agreed([panel.judge(programs, seed) for seed in range(runs)])


@dataclass(frozen=True, slots=True)
class _Panel:
    """Everything about a judgment but the candidates."""

    tests: Sequence[str]
    """The statements, or the calls, that each candidate is judged by."""
    outputs: bool
    """Whether the tests are calls whose values are wanted."""
    limits: JudgeLimits
    """The bounds of one test, of one candidate and of the sandbox."""
    files: Mapping[str, bytes | str]
    """The files in the working directory, by path."""
    read_only: Sequence[Path]
    """The directories with packages."""
    cancel: threading.Event | None
    """Whoever sets this event ends the judgment."""
    level: Level | None
    """The containment that is used; None for the best one that this machine has."""

    def judge(self, programs: Sequence[str], seed: int) -> list[list[TestOutcome]]:
        """Judge all programs in one sandbox; those that it did not get to, each alone."""
        if not programs or not self.tests:
            return [[] for _ in programs]
        judged, done = self._start(programs, seed)
        late = done.killed_by in {KilledBy.WALL_TIME, KilledBy.CANCELLED}
        for number in range(len(programs)):
            if number in judged:
                continue
            if late or self._cancelled():
                judged[number] = self._all(Ending.NOT_RUN, _why(done))
                continue
            alone, end = self._start([programs[number]], seed)
            judged[number] = alone.get(0) or self._alone_without_answer(end)
        return [judged[number] for number in range(len(programs))]

    def _alone_without_answer(self, done: Completed) -> list[TestOutcome]:
        ending = {
            KilledBy.WALL_TIME: Ending.TIMEOUT,
            KilledBy.CPU_TIME: Ending.TIMEOUT,
            KilledBy.CANCELLED: Ending.NOT_RUN,
        }.get(done.killed_by or KilledBy.ITSELF, Ending.DIED)
        return self._all(ending, _why(done))

    def _all(self, ending: Ending, detail: str) -> list[TestOutcome]:
        return [TestOutcome(ending, detail)] * len(self.tests)

    def _cancelled(self) -> bool:
        return self.cancel is not None and self.cancel.is_set()

    def _start(
        self, programs: Sequence[str], seed: int
    ) -> tuple[dict[int, list[TestOutcome]], Completed]:
        instructions = Instructions(
            programs=list(programs),
            tests=list(self.tests),
            outputs=self.outputs,
            paths=[str(path) for path in self.read_only],
            test_cpu_seconds=self.limits.test_cpu_seconds,
            test_seconds=self.limits.test_seconds,
            candidate_seconds=self.limits.candidate_seconds,
            output_bytes=self.limits.sandbox.output_bytes,
        )
        order = SandboxOrder(
            command=(),
            files=self.files,
            limits=replace(self.limits.sandbox, output_bytes=_MOST_ANSWERS),
            environment={"PYTHONHASHSEED": str(seed)},
            read_only=tuple(self.read_only),
            judge=instructions._asdict(),
        )
        done = start(order, self.level or probe_sandbox(), cancel=self.cancel)
        return _answers(done.stdout), done


def _answers(output: bytes) -> dict[int, list[TestOutcome]]:
    """Read what the supervisor wrote; it may have been killed in the middle of a line."""
    judged = {}
    for line in output.splitlines(keepends=True):
        if line.endswith(b"\n"):
            answer = json.loads(line)
            outcomes = [TestOutcome(Ending(end), detail) for end, detail in answer["outcomes"]]
            judged[int(answer["candidate"])] = outcomes
    return judged


def _why(done: Completed) -> str:
    return f"the sandbox was ended: {done.killed_by}" if done.killed_by else "the sandbox ended"


def _agreed(runs: Sequence[list[list[TestOutcome]]]) -> list[list[TestOutcome]]:
    """Return the first run's outcomes, FLAKY where another run's are different."""
    return [
        [_steady([run[program][test] for run in runs]) for test in range(len(outcomes))]
        for program, outcomes in enumerate(runs[0])
    ]


def _steady(outcomes: Sequence[TestOutcome]) -> TestOutcome:
    first = outcomes[0]
    for other in outcomes[1:]:
        both_pass = first.passed and other.passed
        if other.ending is not first.ending or (both_pass and other.detail != first.detail):
            return TestOutcome(Ending.FLAKY, f"{_brief(first)}, then {_brief(other)}")
    return first


def _brief(outcome: TestOutcome) -> str:
    return f"{outcome.ending} ({outcome.detail})" if outcome.detail else str(outcome.ending)
