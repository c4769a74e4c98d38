"""One meaning for each name: of files, of classes, and of the functions that others may call."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Callable, Iterator

import pytest

from tests.tidy.sources import product_modules, text

ENTRY_POINTS = {"main"}
"""What Python programs call the function that runs them. Nobody imports it from another program."""

INTERFACES = {
    "arguments": "sandbox.bubblewrap and sandbox.seatbelt: what either is started with",
    "missing": "the same two: why either cannot be used here",
}
"""Functions that modules define alike because one takes the other's place, and these modules. They
are called with the module's name before theirs."""

Names = Callable[[ast.Module], Iterator[str]]


def class_names(module: ast.Module) -> Iterator[str]:
    """Yield the names of a module's classes, those inside other classes included."""
    yield from (node.name for node in ast.walk(module) if isinstance(node, ast.ClassDef))


def function_names(module: ast.Module) -> Iterator[str]:
    """Yield the names of the functions that other modules may import.

    A decorated command of the command line has the name that a user types, and nobody imports it.
    """
    for node in module.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            is_command = any(map(_makes_a_command, node.decorator_list))
            if not node.name.startswith("_") and not is_command:
                yield node.name


def _makes_a_command(decorator: ast.expr) -> bool:
    match decorator:
        case ast.Call(func=ast.Attribute(attr="command" | "callback")):
            return True
        case _:
            return False


def shared(names: Names) -> dict[str, list[str]]:
    """Return the names that several modules of the product define, with these modules."""
    found = defaultdict(list)
    for file in product_modules():
        for name in names(ast.parse(text(file))):
            found[name].append(file)
    return {name: where for name, where in found.items() if len(where) > 1}


def test_every_file_has_a_name_of_its_own() -> None:
    found = defaultdict(list)
    for file in product_modules():
        found[file.rpartition("/")[2]].append(file)
    del found["__init__.py"]
    assert {name: where for name, where in found.items() if len(where) > 1} == {}


def test_every_class_has_a_name_of_its_own() -> None:
    assert shared(class_names) == {}


def test_every_function_has_a_name_of_its_own() -> None:
    expected = INTERFACES.keys() | ENTRY_POINTS
    assert {name: where for name, where in shared(function_names).items()
            if name not in expected} == {}  # fmt: skip


def test_what_is_not_shared_is_not_listed() -> None:
    assert (INTERFACES.keys() | ENTRY_POINTS) - shared(function_names).keys() == set()


@pytest.mark.parametrize(
    ("source", "classes", "functions"),
    [
        ("class A:\n    class B: ...", ["A", "B"], []),
        ("def f():\n    def g(): ...\nasync def h(): ...", [], ["f", "h"]),
        ("def _f(): ...", [], []),
        ("@app.command()\ndef f(): ...\n@cache\ndef g(): ...", [], ["g"]),
    ],
)
def test_names_are_seen(source: str, classes: list[str], functions: list[str]) -> None:
    module = ast.parse(source)
    assert list(class_names(module)) == classes
    assert list(function_names(module)) == functions
