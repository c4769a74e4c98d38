"""Where a project keeps the tests of a module, and how new ones are written there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from code_checks.trees.functions import Function

_FOLDERS = ("tests", "test")
_PROJECT = ("pyproject.toml", "setup.py", "setup.cfg", "tox.ini", "pytest.ini", ".git")
_FAILS = "The function as it is fails this one: either the test is wrong or the function."
_TAKEN = re.compile(r"(?m)^\s*(?:async\s+)?(?:def|class)\s+(\w+)")


@dataclass(frozen=True, slots=True)
class WrittenTest:
    """A test statement that has been run on the function as it is."""

    code: str
    """The statement."""
    passes: bool = True
    """Whether the function as it is passes the test."""
    failure: str = ""
    """The error of a test that fails, on one line."""


@dataclass(frozen=True, slots=True)
class TestFile:
    """The file for a module's tests."""

    __test__ = False  # For pytest: this is no test.

    path: str
    """The path of the file in the workspace."""
    text: str
    """What the file holds already, "" for a new one."""
    module: str
    """The name under which tests import the module that they test."""


def test_file(workspace: Path | None, path: str) -> TestFile | None:
    """Return where the tests of a Python file belong; None for a script outside of any project.

    An existing test file of the module's name is taken wherever it lies; otherwise it is a new one
    in the folder for tests.
    """
    if workspace is None or not path or not _is_project(workspace):
        return None
    parts = PurePosixPath(path).with_suffix("").parts
    parts = parts[1:] if parts[0] == "src" else parts
    if not parts or not all(part.isidentifier() for part in parts):
        return None
    module = ".".join(parts).removesuffix(".__init__")
    name = f"test_{module.rpartition('.')[2]}.py"
    for folder in _FOLDERS:
        for candidate in (f"{folder}/{name}", *(f"{folder}/{p}/{name}" for p in _nested(parts))):
            if (workspace / candidate).is_file():
                text = (workspace / candidate).read_text(encoding="utf-8", errors="replace")
                return TestFile(candidate, text, module)
    folder = next((folder for folder in _FOLDERS if (workspace / folder).is_dir()), _FOLDERS[0])
    return TestFile(f"{folder}/{name}", "", module)


def for_file(tests: Sequence[WrittenTest], function: Function, file: TestFile) -> str:
    """Return the text for the end of a module's test file."""
    taken = set(_TAKEN.findall(file.text))
    imported = re.search(
        rf"(?m)^from\s+{re.escape(file.module)}\s+import\b[^#\n]*\b{function.name}\b", file.text
    )
    parts = [] if imported else [f"from {file.module} import {function.name}\n"]
    if "unittest" in file.text:
        parts.append(_as_case(tests, function, taken))
    else:
        parts.extend(_as_functions(tests, function, taken))
    gap = "" if not file.text else "\n\n" if file.text.endswith("\n") else "\n\n\n"
    return gap + "\n\n".join(parts)


def for_script(tests: Sequence[WrittenTest], function: Function, source: str) -> str:
    """Return the text for the place below a function in a script."""
    return "\n\n\n" + "\n\n".join(_as_functions(tests, function, set(_TAKEN.findall(source))))


def failure_notes(test: WrittenTest) -> tuple[str, ...]:
    """Return what the comment above a test that fails says."""
    return (_FAILS,) if test.failure in ("", "AssertionError") else (_FAILS, test.failure)


def _is_project(workspace: Path) -> bool:
    return any((workspace / name).exists() for name in (*_PROJECT, *_FOLDERS))


def _nested(parts: tuple[str, ...]) -> Iterator[str]:
    """Yield the folders of a module, and those without the package's own."""
    for start in (0, 1):
        if parts[start:-1]:
            yield "/".join(parts[start:-1])


def _as_functions(
    tests: Sequence[WrittenTest], function: Function, taken: set[str]
) -> Iterator[str]:
    """Yield one test of everything that passes, and one of each that fails, with a mark."""
    passing = [test for test in tests if test.passes]
    if passing:
        yield _definition(_free(f"test_{function.name}", taken), passing)
    for test in tests:
        if not test.passes:
            name = _free(f"test_{function.name}_failing", taken)
            notes = "".join(f"# {note}\n" for note in failure_notes(test))
            yield f"{notes}{_definition(name, [test])}"


def _as_case(tests: Sequence[WrittenTest], function: Function, taken: set[str]) -> str:
    """Return the same as methods of a test case, for a file that is run by unittest."""
    words = "".join(word.capitalize() for word in function.name.split("_"))
    name = _free(f"Test{words}", taken)
    methods = "\n".join(_as_functions(tests, function, set()))
    methods = re.sub(r"(?m)^(def \w+)\(\):", r"\1(self):", methods)
    indented = "".join(f"    {line}" if line.strip() else line for line in methods.splitlines(True))
    return f"class {name}(unittest.TestCase):\n{indented}"


def _definition(name: str, tests: Sequence[WrittenTest]) -> str:
    lines = [f"    {line}" if line else "" for test in tests for line in test.code.split("\n")]
    return "\n".join([f"def {name}():", *lines]) + "\n"


def _free(name: str, taken: set[str]) -> str:
    """Return a name that nothing has yet, and take it."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    taken.add(free)
    return free
