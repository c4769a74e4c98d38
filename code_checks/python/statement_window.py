"""The statements of a Python document around a hole, so that not all of it is compiled again.

Also how this package talks to CPython's parser: quietly, and with its limits told from errors.
"""

from __future__ import annotations

import ast
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from code_checks.hole import Hole, surrounding_lines

PLACEHOLDERS = ("", "pass", "if 1:")
"""What may stand for the hole's line when the rest of the document is parsed."""
_warnings_lock = threading.Lock()


class CannotCompile(Exception):
    """The interpreter gave up for a reason that is no fault of the code, such as deep nesting."""


def comparison_module(hole: Hole) -> ast.Module | None:
    """Parse the document with its hole's line removed or neutralized; None if it doesn't parse."""
    before, after = surrounding_lines(hole)
    return _parse_around(before, indent_text(hole), after)


@lru_cache(maxsize=8)
def _parse_around(before: str, indent: str, after: str) -> ast.Module | None:
    for placeholder in PLACEHOLDERS:
        try:
            return quietly_parsed(f"{before}{indent}{placeholder}\n{after}")
        except SyntaxError:
            continue
        except CannotCompile:
            return None
    return None


@lru_cache(maxsize=16)
def statements_around(hole: Hole) -> Hole | None:
    """Return the hole in the statements around it, with the headers of the classes they are in.

    None if the rest of the document does not parse, so that these are not known. These statements
    compile exactly if the document does, because the rest of it is whole statements.
    """
    module = comparison_module(hole)
    before, after = surrounding_lines(hole)
    if module is None or "\r" in (before + after).replace("\r\n", ""):
        return None
    row = before.count("\n") + 1
    headers, body = _innermost_body(module, row)
    first, last = _rows_near(body, row)
    lines = before.split("\n")
    above = [line for start, end in headers for line in lines[start - 1 : end]]
    above += lines[min(first, row) - 1 : row - 1]
    below = after.split("\n")[: max(0, last - row)]
    return Hole(
        hole.language,
        "".join(line + "\n" for line in above) + hole.line_head,
        hole.line_tail + "\n" + "".join(line + "\n" for line in below),
    )


def _innermost_body(module: ast.Module, row: int) -> tuple[list[tuple[int, int]], list[ast.stmt]]:
    """Return the body of the innermost class around a row, and the rows of the classes' headers."""
    headers: list[tuple[int, int]] = []
    body = module.body
    while True:
        around = [node for node in body if _rows(node)[0] < row < _rows(node)[1]]
        if len(around) != 1 or not isinstance(around[0], ast.ClassDef):
            return headers, body
        node = around[0]
        begin = _rows(node.body[0])[0]
        if not node.lineno < begin <= row:
            return headers, body
        headers.append((_rows(node)[0], begin - 1))
        body = node.body


def _rows_near(body: list[ast.stmt], row: int) -> tuple[int, int]:
    """Return the rows of the statement that a row is inside of, else of those around the row.

    What is inserted between two statements may belong to the one or swallow the other.
    """
    spans = [_rows(node) for node in body]
    above = [span for span in spans if span[1] < row][-1:]
    around = [span for span in spans if span[0] <= row <= span[1]]
    below = [span for span in spans if span[0] > row][:1]
    is_inside = any(first < row < last for first, last in around)
    near = around if is_inside else [*above, *around, *below]
    first = min((span[0] for span in near), default=row)
    last = max((span[1] for span in near), default=row)
    return min([first, *(begin for begin, end in spans if begin <= first <= end)]), last


def _rows(node: ast.stmt) -> tuple[int, int]:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
    return first, node.end_lineno or node.lineno


def indent_text(hole: Hole) -> str:
    """Return the white space that the hole's line begins with."""
    line = hole.line_head if hole.line_head.strip() else hole.line_head + hole.line_tail
    return line[: len(line) - len(line.lstrip())]


def quietly_parsed(source: str) -> ast.Module:
    """Parse a document without its byte order mark, warnings off.

    Raises SyntaxError, and CannotCompile where the interpreter's own limits are reached.
    """
    try:
        with no_warnings():
            return ast.parse(source.removeprefix("\ufeff"))
    except SyntaxError as error:
        if error.msg and "too many nested parentheses" in error.msg:
            raise CannotCompile("nested too deeply for this Python") from error
        raise
    except (RecursionError, MemoryError, ValueError, OverflowError, SystemError) as error:
        raise CannotCompile(reason_for(error)) from error


def reason_for(error: BaseException) -> str:
    """Say why CPython gave up."""
    if isinstance(error, RecursionError | MemoryError):
        return "nested too deeply for this Python"
    return f"this Python cannot compile it ({type(error).__name__})"


@contextmanager
def no_warnings() -> Iterator[None]:
    """Silence Python's warnings; their filters are global, so one thread at a time."""
    with _warnings_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
