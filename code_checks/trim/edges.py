"""Filters for white space at the two ends of a text."""

from __future__ import annotations

import re

from code_checks.hole import Hole
from code_checks.text.indentation import layout
from code_checks.text.lexical import BRACKET_PAIRS

_GOES_ON = re.compile(r"(?:[-+*/%=<>&|^~,.\\(\[{!?@:]|\b(?:and|or|not|in|is|return|await|new))$")


def remove_leading_blank_lines(hole: Hole, text: str) -> str:
    """Remove blank lines from the beginning where the cursor's line is blank, too."""
    return re.sub(r"\A(?:[ \t]*\n)+", "", text) if layout(hole).is_whole_line else text


def remove_trailing_blank(hole: Hole, text: str) -> str:
    """Remove white space from the end, except where it parts the text from the line's tail."""
    if not text.strip():
        return ""
    look = layout(hole)
    kept = text.rstrip()
    blank = text[len(kept) :]
    tail = look.tail.strip()
    if look.pushes_tail_down:
        if "\n" in blank:
            return kept + "\n"
        return text if look.head else kept + blank
    if not tail:
        return kept
    return kept if "\n" in blank or tail[0] in ")]};,:" else text


def end_line_for_suffix(hole: Hole, text: str) -> str:
    """End the text with the line end, and the indentation, that the rest of its line needs."""
    look = layout(hole)
    if not text:
        return text
    if look.pushes_tail_down:
        return _end_whole_line(look.head, look.tail, text)
    tail = look.tail.strip()
    opening = look.head.rstrip()[-1:]
    is_opened = bool(tail) and tail[0] == BRACKET_PAIRS.get(opening)
    if is_opened and text.lstrip(" \t").startswith("\n"):
        return text.rstrip() + "\n" + look.lead(look.column(look.head))
    return text


def _end_whole_line(head: str, tail: str, text: str) -> str:
    """Part a whole line from the line that it pushes down.

    A text without a line end may also be the beginning of that line. It is not if the line below
    is indented and the cursor stands before the indentation, or if the text could end there.
    """
    if text.endswith("\n"):
        return text + head
    if head:
        return text
    if tail[0] in " \t" or not (text[-1].isspace() or _GOES_ON.search(text)):
        return text.rstrip() + "\n"
    return text
