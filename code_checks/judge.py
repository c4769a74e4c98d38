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

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import ClassVar

from code_checks.sandbox import JudgeLimits


class Ending(StrEnum):
    """How one test of one candidate ended."""

    PASS = "pass"
    FAIL = "fail"  # an assertion did not hold
    ERROR = "error"  # an exception, also while the module was imported
    TIMEOUT = "timeout"
    FLOOD = "flood"  # printed without end
    DIED = "died"  # exited, crashed, was killed, or spoiled its own report
    FLAKY = "flaky"  # ended differently when it was run again
    NOT_RUN = "not run"  # the time for all candidates was over, or the run was cancelled


@dataclass(frozen=True, slots=True)
class TestOutcome:
    """How a test ended; `detail` is the exception, or for a call that passed what it returned."""

    __test__: ClassVar[bool] = False  # for pytest: this is no test

    ending: Ending
    detail: str = ""

    @property
    def passed(self) -> bool:
        """Whether it passed; everything else, "not run" included, is no pass."""
        return self.ending is Ending.PASS


def judge_python(
    programs: Sequence[str],
    tests: Sequence[str],
    *,
    limits: JudgeLimits = JudgeLimits(),
    files: Mapping[str, bytes | str] | None = None,
    read_only: Sequence[Path] = (),
    runs: int = 1,
    cancel: threading.Event | None = None,
) -> list[list[TestOutcome]]:
    """Return for each program (a whole module) how each test (a statement or more) ended.

    Tests see the names of the module. `files` are put into the working directory, from which
    modules can be imported; `read_only` are directories with packages, which only the user's own
    settings may name. With `runs` above 1 everything is run again with other hash seeds, and a
    test that ends differently is FLAKY. Setting `cancel` from another thread ends it within
    0.1 s. Raises SandboxUnavailable where nothing contains the code: a SKIP.
    """
    raise NotImplementedError


def outputs_python(
    programs: Sequence[str],
    calls: Sequence[str],
    *,
    limits: JudgeLimits = JudgeLimits(),
    files: Mapping[str, bytes | str] | None = None,
    read_only: Sequence[Path] = (),
    runs: int = 1,
    cancel: threading.Event | None = None,
) -> list[list[TestOutcome]]:
    """Return for each program what each call (an expression) returned, as for `judge_python`.

    The detail of a PASS is the value's `repr` (sets and dictionaries in a fixed order), so equal
    outcomes mean equal behavior (MBR-exec, Shi et al. 2022, arXiv 2204.11454); a long value is cut
    and carries a digest of the whole.
    """
    raise NotImplementedError
