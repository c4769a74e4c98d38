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
    """What lies beside the file under test, and the bounds of running it."""

    path: str = ""
    """The path of the file under test, as its tests import it, "" for a text without a place."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Copies of the workspace's files that the file and its tests import, by path."""
    packages: tuple[Path, ...] = ()
    """Folders with installed packages, which only the user's own settings may name."""
    limits: JudgeLimits = DEFAULT_LIMITS
    """How much time, memory and output the tests may take."""
    cancel: threading.Event | None = None
    """Whoever sets this event from another thread ends the run."""


BARE_ENVIRONMENT = RunEnvironment()
"""A file by itself: nothing beside it can be imported."""

Runner = Callable[[Sequence[str], Sequence[UnitTest], RunEnvironment], list[list[TestOutcome]]]
"""Runs each test on each program, a whole file. Raises SandboxUnavailable."""
