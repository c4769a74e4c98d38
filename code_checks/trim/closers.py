"""Filters for brackets that close nothing, and for texts that are little else."""

from __future__ import annotations

import re

from code_checks.hole import Hole
from code_checks.languages import Blocks
from code_checks.text.indentation import Layout, layout
from code_checks.text.lexical import (
    AUTO_CLOSED,
    BRACKET_PAIRS,
    Balance,
    balance,
    scan,
    sees_brackets,
)

_JUNK = frozenset(")]};,:.'\"`({[ \t\n")
_SEPARATING = frozenset(",;:.")
_COMPOUND = re.compile(
    r"\s*(?:async\b|class|def|elif|else|except|finally|for|if|match|case|try|while|with|lambda)\b"
)


def cut_unmatched_closers(hole: Hole, text: str) -> str:
    """Cut at a bracket that closes nothing, or what the suffix closes already."""
    around = balance(hole)
    found = scan(hole.language, text, around.inside)
    if not found.closers or found.inside != around.inside:
        return text
    for offset, opener in zip(found.closers, reversed(around.open), strict=False):
        if BRACKET_PAIRS[opener] != text[offset]:
            return text[:offset].rstrip(" \t")
    excess = len(found.closers) - len(found.openers) - max(around.wanted, 0)
    if excess <= 0:
        return text
    return text[: found.closers[-excess:][0]].rstrip(" \t")


def drop_junk(hole: Hole, text: str) -> str:
    """Drop a text of closing brackets and punctuation, or of one character.

    It stays where it is what the syntax waits for: the bracket that ends an open call, the colon
    of a `def`, the semicolon of a statement.
    """
    core = text.strip()
    look, around = layout(hole), balance(hole)
    if not core or around.inside or look.tail.strip(AUTO_CLOSED):
        return text
    if len(core) == 1 and look.is_whole_line and (look.is_comment(core) or core.isalnum()):
        is_in_comment = look.is_comment(look.above) or look.is_comment(look.below)
        return text if is_in_comment and core == "#" else ""
    is_docstring = core in ('"""', "'''") and look.opens_block(look.above)
    if not set(core) <= _JUNK or core == "..." or is_docstring:
        return text
    found = scan(hole.language, text)
    if found.closers or not sees_brackets(hole.language):
        return text
    if found.openers and (around.wanted < 0 or not look.is_whole_line):
        return text
    if look.is_whole_line:
        return text if around.open[-1:] in ("(", "[") and core.endswith(",") else ""
    return text if _is_awaited(look, around, core) else ""


def _is_awaited(look: Layout, around: Balance, core: str) -> bool:
    """Say whether punctuation is what the head of the line waits for."""
    last = look.head.rstrip()[-1]
    if core[0] not in _SEPARATING:
        return True
    if last in _SEPARATING or last in "([{":
        return False
    if core[0] == ",":
        return bool(around.open) or last.isalnum()
    language = look.language
    if core[0] == ":":
        is_python = language is not None and language.blocks is Blocks.INDENTATION
        return not is_python or bool(around.open) or _COMPOUND.match(look.head) is not None
    return core[0] == ";" and language is not None and language.blocks is not Blocks.INDENTATION
