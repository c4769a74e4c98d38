"""In what kind of node of the syntax tree a cursor stands, told from the current line alone."""

from __future__ import annotations

import re
from enum import StrEnum

from code_checks.text.lexical import is_string


class CursorPlace(StrEnum):
    """The kind of what is wanted at the cursor."""

    STATEMENT = "statement"
    NAME = "name"  # Of what is being defined.
    IMPORT = "import"
    MEMBER = "member"  # Behind a dot.
    VALUE = "value"  # Of an assignment.
    RESULT = "result"  # Of a return or yield.
    CONDITION = "condition"
    LOOP = "loop"
    ARGUMENT = "argument"
    ITEM = "item"  # Of a list, a mapping, an index.
    OPERAND = "operand"
    STRING = "string"
    COMMENT = "comment"
    OTHER = "other"


_BY_HEAD: tuple[tuple[CursorPlace, re.Pattern[str]], ...] = (
    (CursorPlace.MEMBER, re.compile(r"(?:\.|->|::)\w*\Z")),
    (CursorPlace.IMPORT, re.compile(r"\s*(?:import|from|use|using|package|#\s*include|require)\b")),
    (CursorPlace.NAME, re.compile(
        r"(?:^|\s)(?:def|class|func|fn|function|struct|interface|enum|type|trait|impl|module)"
        r"\s+\w*\Z"
    )),
    (CursorPlace.RESULT, re.compile(r"(?:^|\s)(?:return|yield)\b[^(\[{]*\Z")),
    (
        CursorPlace.CONDITION,
        re.compile(r"(?:^|[\s}(])(?:if|el?s?if|while|unless|assert|case)\b[^:]*\Z"),
    ),
    (CursorPlace.LOOP, re.compile(r"(?:^|[\s(])for\b[^:]*\Z")),
    (CursorPlace.VALUE, re.compile(r"[^=!<>]:?=\s*\w*\Z")),
    (CursorPlace.OPERAND, re.compile(r"(?:[-+*/%&|<>]|[=!]=|\b(?:and|or|not|in|is))\s*\w*\Z")),
)  # fmt: skip
"""The first that fits the line's head counts."""


def cursor_place_of(head: str, openers: str, inside: str) -> CursorPlace:
    """Return the place behind a line's head.

    `openers` are the brackets that are open there, `inside` the mark of the string or comment that
    is, as `code_checks.text.lexical.balance` finds them. Approximate: it feeds an estimate.
    """
    if inside:
        return CursorPlace.STRING if is_string(inside) else CursorPlace.COMMENT
    if not head.strip() and not openers:
        return CursorPlace.STATEMENT
    for place, pattern in _BY_HEAD:
        if pattern.search(head):
            return place
    if openers:
        return CursorPlace.ARGUMENT if openers[-1] == "(" else CursorPlace.ITEM
    return CursorPlace.OTHER
