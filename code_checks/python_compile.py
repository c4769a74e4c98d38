"""Does a filled Python document compile? Never runs anything of it.

tree-sitter accepts blocks without body, wrong indentation and `return` at module level; CPython's
own parser, symbol tables and code generator do not. Only the top-level statements around the hole
are compiled when the rest of the document is known to parse.
"""

from __future__ import annotations

import ast
import re
import sys
import threading
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from code_checks.enclosing import enclosing_definition, is_large
from code_checks.hole import Hole
from code_checks.source_tree import surrounding_lines
from code_checks.unfinished import with_bodies, with_ends
from code_checks.verdict import Outcome

_PLACEHOLDERS = ("", "pass", "if 1:")
"""What may stand for the hole's line when the rest of the document is parsed."""
_HEADERS = (
    "def _():", "async def _():", "class _:", "for _ in ():", "try:", "else:", "match 1:",
    "case 1:", "except Exception:", "finally: pass", "@_",
)  # fmt: skip
_BRACKETS = (
    "_(", "_ = [", "_ = {", "_ = (", ")", "]", "}", "),", "],", "},", "):", '"""', '_ = """',
)  # fmt: skip
_NEWER = re.compile(r"\s*type\s+\w+\s*(?:\[.*\])?\s*=|.*\b(?:def|class)\s+\w+\s*\[")
_NOTEBOOK = re.compile(r"^# ?(?:%%|In ?\[)", re.MULTILINE)
_MAGIC = re.compile(r"^\s*[%!?]", re.MULTILINE)
_warnings_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Compiled:
    """What CPython said about a filled document.

    `frame` is the part of the document that was compiled, as a hole, and `module` its syntax tree
    with the text filled in, None if it does not parse.
    """

    outcome: Outcome
    detail: str
    frame: Hole
    module: ast.Module | None = None


class CannotCompile(Exception):
    """The interpreter gave up for a reason that is no fault of the code, such as deep nesting."""


def is_notebook(hole: Hole) -> bool:
    """Tell whether a document is a notebook written as a script (`# %%` or `# In[1]:` cells)."""
    return bool(_NOTEBOOK.search(hole.prefix) or _NOTEBOOK.search(hole.suffix))


def is_magic(hole: Hole, text: str) -> bool:
    """Tell whether a text holds a notebook's `%magic`, `!command` or `?question`."""
    return bool(_MAGIC.search(text)) and is_notebook(hole)


@lru_cache(maxsize=64)
def compile_filled(hole: Hole, text: str) -> Compiled:
    """Compile the filled hole. PASS, FAIL, or SKIP where the rest does not compile either."""
    try:
        return _decide(hole, text)
    except CannotCompile as error:
        return Compiled(Outcome.SKIP, str(error), hole)


def _decide(hole: Hole, text: str) -> Compiled:
    whole = not is_large(hole) and not is_notebook(hole)
    exact = top_level_statements(hole) if whole and "__future__" not in text else None
    failure: str | None = None
    for frame, detail in _frames(hole, exact):
        module, error = _compile(frame, text)
        if not error:
            return Compiled(Outcome.PASS, detail, frame, module)
        for opened in with_bodies(frame, text):
            body_module, body_error = _compile(opened, text)
            if not body_error:
                return Compiled(Outcome.PASS, "tried with a body", opened, body_module)
        failure = failure or error
        # A triple quote can change what all that follows means; then the document decides.
        decides = frame is not exact or not _has_triple_quote(hole, text)
        if decides and _compiles_without(frame, (*_PLACEHOLDERS, *_HEADERS)):
            return _failed(hole, text, frame, failure, module)
    if failure and not is_large(hole):
        for frame in (exact, hole):
            if frame is not None and _compiles_without(frame, _BRACKETS):
                return _failed(hole, text, hole, failure, None)
    return Compiled(Outcome.SKIP, "the code around it does not compile", hole)


def _failed(hole: Hole, text: str, frame: Hole, error: str, module: ast.Module | None) -> Compiled:
    lines = (hole.line_head + text + hole.line_tail).splitlines()
    newer = error.startswith("f-string") or any(_NEWER.match(line) for line in lines)
    if newer and sys.version_info < (3, 12):
        return Compiled(Outcome.SKIP, "perhaps newer than this Python's syntax", frame)
    return Compiled(Outcome.FAIL, error, frame, module)


def _frames(hole: Hole, exact: Hole | None) -> Iterator[tuple[Hole, str]]:
    """Yield ever smaller or more repaired parts of the document in which to try the text."""
    if exact is not None:
        yield exact, ""
    if not is_large(hole):
        yield hole, ""
        for ended in with_ends(hole):
            yield ended, "tried with an end for what is unfinished around it"
    part = enclosing_definition(hole)
    if part is not None:
        yield part, "in its enclosing definition"
        for ended in with_ends(part):
            yield ended, "in its enclosing definition, with an end for what is unfinished"


@lru_cache(maxsize=32)
def _compiles_without(hole: Hole, placeholders: tuple[str, ...]) -> bool:
    """Tell whether a document compiles with one of the placeholders as the hole's line."""
    before, after = surrounding_lines(hole)
    frame = Hole(hole.language, before + _indent(hole), "\n" + after)
    return any(not _compile(frame, placeholder)[1] for placeholder in placeholders)


def _has_triple_quote(hole: Hole, text: str) -> bool:
    line = hole.line_head + text + hole.line_tail
    return '"""' in line or "'''" in line


def comparison_module(hole: Hole) -> ast.Module | None:
    """Parse the document with its hole's line removed or neutralized; None if it doesn't parse."""
    before, after = surrounding_lines(hole)
    return _parse_around(before, _indent(hole), after)


@lru_cache(maxsize=8)
def _parse_around(before: str, indent: str, after: str) -> ast.Module | None:
    for placeholder in _PLACEHOLDERS:
        try:
            return _quietly_parsed(f"{before}{indent}{placeholder}\n{after}")
        except SyntaxError:
            continue
        except CannotCompile:
            return None
    return None


@lru_cache(maxsize=16)
def top_level_statements(hole: Hole) -> Hole | None:
    """Return the hole in the top-level statements around it, or None if these are not known."""
    module = comparison_module(hole)
    before, after = surrounding_lines(hole)
    if module is None or "\r" in (before + after).replace("\r\n", ""):
        return None
    row = before.count("\n") + 1
    spans = [(_first_row(node), node.end_lineno or node.lineno) for node in module.body]
    above = [span for span in spans if span[1] < row][-1:]
    around = [span for span in spans if span[0] <= row <= span[1]]
    below = [span for span in spans if span[0] > row][:1]
    inside = any(first < row < last for first, last in around)
    near = around if inside else [*above, *around, *below]
    first = min((span[0] for span in near), default=1)
    last = max((span[1] for span in near), default=row)
    first = min([first, *(span[0] for span in spans if span[0] <= first <= span[1])], default=1)
    lines_before = before.split("\n")[min(first, row) - 1 : row - 1]
    lines_after = after.split("\n")[: max(0, last - row)]
    return Hole(
        hole.language,
        "".join(line + "\n" for line in lines_before) + hole.line_head,
        hole.line_tail + "\n" + "".join(line + "\n" for line in lines_after),
    )


def _first_row(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def _indent(hole: Hole) -> str:
    line = hole.line_head if hole.line_head.strip() else hole.line_head + hole.line_tail
    return line[: len(line) - len(line.lstrip())]


def _compile(frame: Hole, text: str) -> tuple[ast.Module | None, str]:
    """Return the syntax tree, None if there is none, and what is wrong, empty if nothing is."""
    source, module = frame.fill(text), None
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT if is_notebook(frame) else 0
    try:
        module = _quietly_parsed(source)
        with _warnings_lock, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(module, "<document>", "exec", flags, dont_inherit=True)
    except SyntaxError as error:
        return module, error.msg or "invalid syntax"
    except (RecursionError, MemoryError, ValueError, OverflowError, SystemError) as error:
        raise CannotCompile(_reason(error)) from error
    return module, ""


def _quietly_parsed(source: str) -> ast.Module:
    """Parse a document without its byte order mark, warnings off.

    Raises SyntaxError, and CannotCompile where the interpreter's own limits are reached.
    """
    try:
        with _warnings_lock, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source.removeprefix("\ufeff"))
    except SyntaxError as error:
        if error.msg and "too many nested parentheses" in error.msg:
            raise CannotCompile("nested too deeply for this Python") from error
        raise
    except (RecursionError, MemoryError, ValueError, OverflowError, SystemError) as error:
        raise CannotCompile(_reason(error)) from error


def _reason(error: BaseException) -> str:
    if isinstance(error, RecursionError | MemoryError):
        return "nested too deeply for this Python"
    return f"this Python cannot compile it ({type(error).__name__})"
