"""The tests of a workspace that reach a function, found by reading; nothing is run here.

Which files are read is the caller's decision: this is given texts. A file counts if it is named
like a test, mentions the function and the module that the function is in. What of it really
reaches the function is found out by running it on a function that only raises
(`code_checks.execution.run_tests`).
"""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from code_checks.execution.unit_test import Origin, UnitTest
from code_checks.hole import Hole
from code_checks.languages import unit_testing_of
from code_checks.languages.ecmascript import (
    JAVASCRIPT,
    JAVASCRIPT_REACT,
    TYPESCRIPT,
    TYPESCRIPT_REACT,
)
from code_checks.languages.unit_testing import Toolchain, UnitTesting
from code_checks.trees.functions import Function

HARNESS = "coterie_harness"
"""The module of `execution/harness` with which Python tests of a workspace are run."""

_SCRIPT_IMPORT = re.compile(
    r"""(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*|\bimport\s+)['"](\.{1,2}/[^'"]+)['"]"""
)
_SCRIPTS = (JAVASCRIPT, TYPESCRIPT, JAVASCRIPT_REACT, TYPESCRIPT_REACT)
_SCRIPT_ENDINGS = (
    "",
    *(f".{ending}" for language in _SCRIPTS for ending in language.extensions),
    "/index.js",
    "/index.ts",
    "/index.mjs",
)
"""What an import leaves out of the path of the file that it means."""


def is_test_path(path: str, language: str) -> bool:
    """Tell whether a path of the workspace is named as tests of this language are."""
    testing = unit_testing_of(language)
    return testing is not None and testing.paths.search(path) is not None


def mentions(text: str, function: Function, path: str) -> bool:
    """Tell whether a test file names a function and the module that it is in."""
    stem = PurePosixPath(path).stem.split(".")[0]
    module = PurePosixPath(path).parent.name if stem in ("__init__", "index") else stem
    testing = unit_testing_of(function.language)
    names = (function.name,) if testing and not testing.names_module else (function.name, module)
    if function.owner:
        names = (*names, function.owner)
    return all(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) for name in names)


def imported_paths(language: str, path: str, text: str) -> Iterator[str]:
    """Yield the paths in the workspace that a file's imports may mean; not all of them exist."""
    testing = unit_testing_of(language)
    match testing.toolchain if testing else None:
        case Toolchain.PYTHON:
            yield from _python_imports(path, text)
        case Toolchain.NODE:
            yield from _script_imports(path, text)
            yield "package.json"
        case Toolchain.GO:
            yield "go.mod"


def workspace_tests(
    function: Function, hole: Hole, path: str, files: Mapping[str, str]
) -> Iterator[UnitTest]:
    """Yield the tests in these files, each on its own where the language's runner allows it."""
    testing = unit_testing_of(function.language)
    if testing is None:
        return
    for file, text in files.items():
        if testing.toolchain is Toolchain.PYTHON:
            for name in python_test_names(text):
                call = f"run_test({file!r}, {name!r}, {import_names(path)!r})"
                code = f"import {HARNESS}\n{HARNESS}.{call}"
                yield UnitTest(code, f"{file}::{name}", Origin.WORKSPACE)
        else:
            for name in _other_test_names(testing, text):
                yield UnitTest(f"{file}::{name}", f"{file}::{name}", Origin.WORKSPACE)


def test_place(test: UnitTest) -> tuple[str, str]:
    """Return the file and the name of a test of the workspace that a runner finds by its name."""
    file, _, name = test.code.partition("::")
    return file, name


def _other_test_names(testing: UnitTesting, text: str) -> Iterator[str]:
    for match in testing.names.finditer(text) if testing.names else ():
        yield match.group(match.lastindex or 0)


def import_names(path: str) -> tuple[str, ...]:
    """Return the names under which a Python file may be imported, the longest first."""
    parts = PurePosixPath(path).with_suffix("").parts
    parts = parts[:-1] if parts[-1:] == ("__init__",) else parts
    return tuple(".".join(parts[start:]) for start in range(len(parts)))


def python_test_names(text: str) -> Iterator[str]:
    """Yield the names of the tests in a Python file, as pytest and unittest find them."""
    try:
        body = ast.parse(text).body
    except (ValueError, SyntaxError, MemoryError, RecursionError, SystemError):
        return
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _is_test(node.name):
            yield node.name
        elif isinstance(node, ast.ClassDef) and (_is_case(node) or node.name.startswith("Test")):
            for member in node.body:
                if isinstance(member, ast.FunctionDef) and _is_test(member.name):
                    yield f"{node.name}.{member.name}"


def _is_test(name: str) -> bool:
    return name.startswith("test")


def _is_case(node: ast.ClassDef) -> bool:
    return any(ast.unparse(base).endswith("TestCase") for base in node.bases)


def _script_imports(path: str, text: str) -> Iterator[str]:
    folder = posixpath.dirname(path)
    for match in _SCRIPT_IMPORT.finditer(text):
        target = posixpath.normpath(posixpath.join(folder, match.group(1)))
        if not target.startswith(".."):
            yield from (f"{target}{ending}" for ending in _SCRIPT_ENDINGS)


def _python_imports(path: str, text: str) -> Iterator[str]:
    try:
        tree = ast.parse(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError, SystemError):
        return
    folder = posixpath.dirname(path)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _module_paths(alias.name, folder)
        elif isinstance(node, ast.ImportFrom):
            base = _base(node, folder)
            if base is None:
                continue
            for name in ("", *(alias.name for alias in node.names)):
                module = ".".join(part for part in (base, name) if part)
                yield from _module_paths(module, folder)


def _base(node: ast.ImportFrom, folder: str) -> str | None:
    """Return the module from which something is imported, as seen from the workspace's root."""
    if not node.level:
        return node.module or ""
    parts = folder.split("/") if folder else []
    if node.level - 1 > len(parts):
        return None
    parts = parts[: len(parts) - (node.level - 1)]
    return ".".join([*parts, *([node.module] if node.module else [])])


def _module_paths(module: str, folder: str) -> Iterator[str]:
    """Yield the files that a module may be: from the root, from `src`, or beside the importer."""
    if not module:
        return
    parts = module.split(".")
    for root in dict.fromkeys(("", "src", folder)):
        for depth in range(1, len(parts)):
            yield posixpath.join(root, *parts[:depth], "__init__.py")
        yield posixpath.join(root, *parts) + ".py"
        yield posixpath.join(root, *parts, "__init__.py")
    yield "conftest.py"
