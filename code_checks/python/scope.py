"""The names that a piece of Python reads and binds, from its syntax tree."""

from __future__ import annotations

import ast
import builtins
from functools import lru_cache
from typing import NamedTuple

from code_checks.hole import Hole
from code_checks.trees.source_tree import encode

_MODULE_NAMES = (
    "__file__ __name__ __doc__ __package__ __spec__ __loader__ __path__ __annotations__"
    " __builtins__ __debug__ __class__ __module__ __qualname__ __firstlineno__ __type_params__"
    " _ reveal_type WindowsError exit quit copyright credits license help"
)
BUILTINS = frozenset(dir(builtins)) | frozenset(_MODULE_NAMES.split())
_PYTHON_2 = (
    "apply basestring buffer cmp coerce execfile file intern long raw_input reduce reload unichr"
    " unicode xrange"
)
PYTHON_2_BUILTINS = frozenset(_PYTHON_2.split())


class Region(NamedTuple):
    """A range of a source text as the `ast` module counts: rows from 1, columns in UTF-8 bytes."""

    start: tuple[int, int]
    """The row and the column of the first character."""
    end: tuple[int, int]
    """The row and the column behind the last character."""

    @classmethod
    def of(cls, frame: Hole, text: str) -> Region:
        """Return where a text stands in the frame that it fills."""
        return cls(_place(frame.prefix), _place(frame.prefix + text))

    def touches(self, node: ast.expr | ast.stmt) -> bool:
        """Tell whether a node shares at least one character with the region."""
        end = (node.end_lineno or node.lineno, node.end_col_offset or node.col_offset)
        return (node.lineno, node.col_offset) < self.end and self.start < end


def _place(before: str) -> tuple[int, int]:
    text = before.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return text.count("\n") + 1, len(encode(text[text.rfind("\n") + 1 :]))


class Names(NamedTuple):
    """The names in one piece of code."""

    bound: frozenset[str]
    """The names that are assigned, defined, imported or declared."""
    read: frozenset[str]
    """The names whose values are used."""


@lru_cache(maxsize=8)
def names_in(module: ast.Module) -> Names:
    """Return every name of a module, in any scope, conditional or deleted ones included."""
    bound: set[str] = set()
    read: set[str] = set()
    waiting: list[ast.AST] = [module]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name):
            (read if isinstance(node.ctx, ast.Load) else bound).add(node.id)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            read.add(node.target.id)
            waiting.append(node.value)
        else:
            bound.update(_bound_by(node))
            waiting.extend(ast.iter_child_nodes(node))
    return Names(frozenset(bound), frozenset(read))


def names_touching(module: ast.Module, region: Region) -> Names:
    """Return the names that are bound and read inside a region of a module.

    `count += 1` reads `count`. Before Python 3.12 the positions inside an f-string are unreliable;
    there the whole f-string counts as the position of what it reads.
    """
    bound: set[str] = set()
    read: set[str] = set()
    waiting: list[tuple[ast.AST, bool]] = [(module, False)]
    while waiting:
        node, inside = waiting.pop()
        if isinstance(node, ast.expr | ast.stmt) and not inside:
            if not region.touches(node) and not getattr(node, "decorator_list", None):
                continue
            inside = isinstance(node, ast.JoinedStr) and region.touches(node)
        if isinstance(node, ast.Name):
            (read if isinstance(node.ctx, ast.Load) else bound).add(node.id)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            read.update([node.target.id] if region.touches(node.target) else [])
            waiting.append((node.value, inside))
        else:
            bound.update(_bound_by(node))
            waiting.extend((child, inside) for child in ast.iter_child_nodes(node))
    return Names(frozenset(bound), frozenset(read))


def _bound_by(node: ast.AST) -> list[str]:
    """Return the names that a node binds by itself, not through an `ast.Name`."""
    if isinstance(node, ast.alias):
        return [(node.asname or node.name).split(".")[0]]
    if isinstance(node, ast.arg):
        return [node.arg]
    if isinstance(node, ast.Global | ast.Nonlocal):
        return list(node.names)
    if isinstance(node, ast.MatchMapping):
        return [node.rest] if node.rest else []
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar):
        return [node.name] if node.name else []
    if type(node).__name__ in ("TypeVar", "ParamSpec", "TypeVarTuple"):  # From Python 3.12 on.
        return [str(getattr(node, "name", ""))]
    return []
