"""Where the tests of a JavaScript or TypeScript module go, and how new ones are written there.

New files are for `node:test`, which comes with Node. What a project's own test files say of their
runner is kept to: they get tests, and only the imports that they lack.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from code_checks.execution.python_test_file import TestFile, WrittenTest, failure_notes
from code_checks.trees.functions import Function

_FOLDERS = ("test", "tests", "__tests__")
_ENDINGS = (".test", ".spec")
_OTHER_RUNNERS = re.compile(r"['\"]vitest['\"]|@jest/globals|(?<![.\w])(?:describe|it)\s*\(")


def script_test_file(
    workspace: Path | None, path: str, source: str, function: Function
) -> TestFile | None:
    """Return where the tests of a module belong; None where nothing could import the function."""
    if workspace is None or not path or not _is_exported(source, function):
        return None
    module = PurePosixPath(path)
    folder = next((name for name in _FOLDERS if (workspace / name).is_dir()), _FOLDERS[0])
    new = f"{folder}/{module.stem}.test{module.suffix}"
    places = [f"{name}/" for name in _FOLDERS] + [
        f"{module.parent}/",
        f"{module.parent}/__tests__/",
    ]
    known = [
        posixpath.normpath(f"{place}{module.stem}{ending}{module.suffix}")
        for place in places
        for ending in _ENDINGS
    ]
    found = next((name for name in known if (workspace / name).is_file()), None)
    text = "" if found is None else (workspace / found).read_text("utf-8", "replace")
    target = found or new
    name = posixpath.relpath(path, posixpath.dirname(target) or ".")
    # An import in TypeScript names the JavaScript file that its compiler writes.
    name = re.sub(r"\.([cm]?)tsx?$", r".\1js", name)
    return TestFile(target, text, name if name.startswith(".") else f"./{name}")


def for_script_file(tests: Sequence[WrittenTest], function: Function, file: TestFile) -> str:
    """Return the text for the end of a module's test file."""
    parts = ["\n".join(_imports(function, file))]
    passing = [test for test in tests if test.passes]
    if passing:
        parts.append(_test(function.name, passing))
    for number, test in enumerate((test for test in tests if not test.passes), 1):
        notes = "".join(f"// {note}\n" for note in failure_notes(test))
        parts.append(f"{notes}{_test(f'{function.name}, failing {number}', [test])}")
    text = "\n\n".join(part for part in parts if part) + "\n"
    return f"\n{text}" if file.text else text


def _is_exported(source: str, function: Function) -> bool:
    begin, end = function.span
    name = re.escape(function.name)
    if re.match(r"export\s+(?!default)", source[begin:end]):
        return True
    return bool(re.search(rf"(?m)^export\s*\{{[^}}]*\b{name}\b(?!\s+as)[^}}]*\}}", source))


def _imports(function: Function, file: TestFile) -> list[str]:
    lines = []
    if "assert" not in file.text:
        lines.append("import assert from 'node:assert';")
    if "node:test" not in file.text and not _OTHER_RUNNERS.search(file.text):
        lines.append("import { test } from 'node:test';")
    if not re.search(rf"import\s*\{{[^}}]*\b{re.escape(function.name)}\b", file.text):
        lines.append(f"import {{ {function.name} }} from '{file.module}';")
    return lines


def _test(title: str, tests: Sequence[WrittenTest]) -> str:
    lines = [f"  {line}" if line else "" for test in tests for line in f"{test.code};".split("\n")]
    return "\n".join([f"test('{title}', () => {{", *lines, "});"])
