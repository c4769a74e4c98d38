"""How the functions of a language are tested."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from code_checks.languages.facts import LazyPattern


class Toolchain(StrEnum):
    """The program that runs the tests of a language."""

    PYTHON = "python"
    NODE = "node"
    GO = "go"


class UnitTesting(NamedTuple):
    """How tests of a language's functions are named, written and run."""

    toolchain: Toolchain
    """The program that runs them; `code_checks.execution` has a runner for each."""
    paths: LazyPattern
    """What is found in the path of a file with tests, relative to the workspace, with slashes."""
    raising: str
    """A statement that raises an error with the message MESSAGE."""
    names: LazyPattern | None = None
    """What finds the tests in a file, with a group for the name. None for Python, whose own parser
    finds them."""
    names_module: bool = True
    """Whether a test file names the module that it tests. Go's stand in the same package."""
    is_typed: bool = False
    """Whether types have to be erased from a program before the toolchain runs it."""
    assertion: str = ""
    """What stands before the call in a test statement that a model is to write, "" where such
    statements are not understood."""
    opening: str = ""
    """What begins a test of the function NAME, up to its first statement; "" as for `assertion`."""
    expression: tuple[str, str] = ("", "")
    """What stands before and behind an expression so that both are a program."""
    literals: frozenset[str] = frozenset()
    """The kinds of nodes that a literal consists of, empty for Python, whose own parser reads
    examples."""
