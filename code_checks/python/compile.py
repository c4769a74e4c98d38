"""Does a filled Python document compile? Never runs anything of it.

tree-sitter accepts blocks without body, wrong indentation and `return` at module level; CPython's
own parser, symbol tables and code generator do not. Only the top-level statements around the hole
are compiled when the rest of the document is known to parse.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from code_checks.hole import Hole, surrounding_lines
from code_checks.python.statement_window import (
    PLACEHOLDERS,
    CannotCompile,
    indent_text,
    no_warnings,
    quietly_parsed,
    reason_for,
    statements_around,
)
from code_checks.text.enclosing import enclosing_definition, is_large
from code_checks.trees.open_ends import with_bodies, with_ends
from code_checks.trees.statement_ends import with_statement_ends
from code_checks.verdict import Outcome

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


class Compiled(NamedTuple):
    """What CPython said about a filled document."""

    outcome: Outcome
    """PASS, FAIL, or SKIP where the rest of the document does not compile either."""
    detail: str
    """CPython's message, or how the document had to be changed; "" if there is nothing to say."""
    frame: Hole
    """The part of the document that was compiled, as a hole."""
    module: ast.Module | None = None
    """The syntax tree of the frame with the text filled in, None if it does not parse."""


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
    """Compile the text where it stands, else with what its statement lacks behind the hole."""
    found = _decide_as_it_is(hole, text)
    if found.outcome is Outcome.PASS:
        return found
    for ended in with_statement_ends(hole):
        again = _decide_as_it_is(ended, text)
        if again.outcome is Outcome.PASS:
            return again._replace(detail="tried with the rest of its statement")
    return found


def _decide_as_it_is(hole: Hole, text: str) -> Compiled:
    whole = not is_large(hole) and not is_notebook(hole)
    exact = statements_around(hole) if whole and "__future__" not in text else None
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
        if decides and _compiles_without(frame, (*PLACEHOLDERS, *_HEADERS)):
            return _failed(hole, text, frame, failure, module)
    if failure and not is_large(hole):
        for part in (exact, hole):
            if part is not None and _compiles_without(part, _BRACKETS):
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
    frame = Hole(hole.language, before + indent_text(hole), "\n" + after)
    return any(not _compile(frame, placeholder)[1] for placeholder in placeholders)


def _has_triple_quote(hole: Hole, text: str) -> bool:
    line = hole.line_head + text + hole.line_tail
    return '"""' in line or "'''" in line


def _compile(frame: Hole, text: str) -> tuple[ast.Module | None, str]:
    """Return the syntax tree, None if there is none, and what is wrong, empty if nothing is."""
    source, module = frame.fill(text), None
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT if is_notebook(frame) else 0
    try:
        module = quietly_parsed(source)
        with no_warnings():
            compile(module, "<document>", "exec", flags, dont_inherit=True)
    except SyntaxError as error:
        return module, error.msg or "invalid syntax"
    except (RecursionError, MemoryError, ValueError, OverflowError, SystemError) as error:
        raise CannotCompile(reason_for(error)) from error
    return module, ""
