"""Where the visible tests of a function come from: its documentation and the workspace's tests."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from code_checks.execution.environment import RunEnvironment
from code_checks.execution.python_examples import python_examples
from code_checks.execution.script_examples import script_examples
from code_checks.execution.unit_test import UnitTest
from code_checks.execution.workspace_tests import workspace_tests
from code_checks.hole import Hole
from code_checks.trees.functions import Function

_MOST = 40
"""A function with more tests than that is judged by the first ones: its examples come first."""


@dataclass(frozen=True, slots=True)
class Sources:
    """What of a workspace may be read and copied for testing one of its files.

    `path` is that file's; `tests` are the test files that mention the function, `files` what else
    is imported, both by path in the workspace. `packages` are folders with installed packages,
    which only the user's own settings may name.
    """

    path: str = ""
    tests: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    packages: tuple[Path, ...] = ()

    def bench(self, cancel: threading.Event | None = None) -> RunEnvironment:
        """Return where tests are run with these files."""
        return RunEnvironment(
            path=self.path,
            files={**self.files, **self.tests},
            packages=self.packages,
            cancel=cancel,
        )


def visible_tests(
    function: Function, hole: Hole, sources: Sources = Sources()
) -> tuple[UnitTest, ...]:
    """Return the tests of a function that people wrote, examples first, each once."""
    examples = python_examples if function.language == "python" else script_examples
    tests = [*examples(function), *workspace_tests(function, hole, sources.path, sources.tests)]
    return tuple({test.code: test for test in tests}.values())[:_MOST]
