"""Where tests are run, and how long they may take."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from code_checks.execution.judge import TestOutcome
from code_checks.execution.unit_test import UnitTest
from code_checks.sandbox import JudgeLimits

DEFAULT_LIMITS = JudgeLimits()


@dataclass(frozen=True, slots=True)
class RunEnvironment:
    """What lies beside the file under test, and the bounds of running it.

    `path` is the file under test itself, as its tests import it, "" for a text without a place;
    `files` are copies of the workspace's files that it and its tests import, by path. `packages`
    are folders with installed packages, which only the user's own settings may name.
    """

    path: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    packages: tuple[Path, ...] = ()
    limits: JudgeLimits = DEFAULT_LIMITS
    cancel: threading.Event | None = None


BARE_BENCH = RunEnvironment()
"""A file by itself: nothing beside it can be imported."""

Runner = Callable[[Sequence[str], Sequence[UnitTest], RunEnvironment], list[list[TestOutcome]]]
"""Runs each test on each program, a whole file. Raises SandboxUnavailable."""
