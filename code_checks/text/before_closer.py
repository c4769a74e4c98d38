"""Text in front of a bracket that is closed already: how far it goes on.

An editor that closes brackets by itself has the end of `app.get('/users', ‸)` before its middle.
What the text opens there must be closed before that bracket, so its line ends only behind it.
"""

from __future__ import annotations

from code_checks.hole import Hole
from code_checks.languages import Blocks
from code_checks.text.indentation import LINE_END, Layout, layout
from code_checks.text.lexical import balance, closing_mark, scan
from code_checks.text.pairs import CLOSING_BRACKET


def is_before_closer(hole: Hole) -> bool:
    """Say whether a closing bracket is the next thing on the cursor's line, behind its code."""
    look = layout(hole)
    return not look.is_whole_line and look.tail.lstrip().startswith((")", "]", "}"))


def end_before_closer(hole: Hole, text: str) -> int | None:
    """Return the index at which a text has left its line, all that it opens being closed, or None.

    Items on lines of their own go on to the bracket that the cursor's own opener waits for. A line
    that is indented no more than the cursor's ends all of it, unless it closes something.
    """
    look = layout(hole)
    start = 0
    for line_end in LINE_END.finditer(text):
        line = text[start : line_end.start()]
        is_left = bool(start and line.strip()) and look.column(line) <= look.column(look.head)
        goes_on = _goes_on(hole, look, text[: line_end.start()])
        if is_left and not look.is_closer(line) and not _is_in_text(hole, text[:start]):
            return _end_of_last_line(text[:start])
        if not goes_on:
            return line_end.start()
        start = line_end.end()
    return None


def _goes_on(hole: Hole, look: Layout, text: str) -> bool:
    """Say whether what a text, without its line end, has opened goes on in the next line."""
    found = scan(hole.language, text, balance(hole).inside)
    if found.closers:
        return False
    if found.openers or _is_in_text(hole, text) or _is_before_end(look, text):
        return True
    own = CLOSING_BRACKET.get(look.head.rstrip()[-1:], "")
    begins_below = not text.strip() or text.lstrip(" \t").startswith(("\n", "\r"))
    return bool(own) and look.tail.lstrip().startswith(own) and begins_below


def _is_before_end(look: Layout, text: str) -> bool:
    """Say whether a text has opened a block that ends with a word, which is still to come."""
    lines = LINE_END.split(text)
    if look.language is None or look.language.blocks is not Blocks.KEYWORD:
        return False
    last = lines[-1]
    is_end = len(lines) > 1 and look.is_closer(last) and not look.opens_block(last)
    is_level = look.column(last) <= look.column(look.head)
    return look.opens_block(lines[0]) and not (is_end and is_level)


def _is_in_text(hole: Hole, text: str) -> bool:
    """Say whether a text has begun a string or comment that may hold several lines."""
    around = balance(hole).inside
    inside = scan(hole.language, text, around).inside
    return inside != around and bool(closing_mark(hole.language, inside))


def _end_of_last_line(text: str) -> int:
    return len(text.rstrip()) if text.strip() else 0
