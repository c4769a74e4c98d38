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
from code_checks.languages import unit_testing_of
from code_checks.languages.unit_testing import Toolchain
from code_checks.trees.functions import Function

_MOST = 40
"""A function with more tests than that is judged by the first ones: its examples come first."""


@dataclass(frozen=True, slots=True)
class Sources:
    """What of a workspace may be read and copied for testing one of its files."""

    path: str = ""
    """The path of the file under test in the workspace, "" for a text without a place."""
    tests: Mapping[str, str] = field(default_factory=dict)
    """The test files that mention the function, by path in the workspace."""
    files: Mapping[str, str] = field(default_factory=dict)
    """The other files that are imported, by path in the workspace."""
    packages: tuple[Path, ...] = ()
    """Folders with installed packages, which only the user's own settings may name."""

    def environment(self, cancel: threading.Event | None = None) -> RunEnvironment:
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
    testing = unit_testing_of(function.language)
    if testing is None:
        return ()
    examples = python_examples if testing.toolchain is Toolchain.PYTHON else script_examples
    tests = [*examples(function), *workspace_tests(function, hole, sources.path, sources.tests)]
    return tuple({test.code: test for test in tests}.values())[:_MOST]
