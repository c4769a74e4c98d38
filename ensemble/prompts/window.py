"""The part of a document around the cursor that goes into a prompt, in pieces that stay the same.

A model keeps what it computed for the beginning of a prompt, so a window that moves with every
keystroke would cost a whole prompt each time. Windows here begin, end and divide only at anchors:
line numbers counted from the end of the document that is not being edited (from the first line for
the text before the cursor, from the last line for the text after it).
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

_CHARACTERS_PER_TOKEN = 6
"""More than code has on average (3 to 4), so that what could fit is never left out."""
_PIECES = 32
_PIECES_READ_SLOWLY = 4
_TOKENS_PER_LINE = 10
_MINIMUM_LINES = 4
_LONG_LINE = 120
_SUFFIX_LINES = 2
_SMALLEST_CONTEXT = 128


class Measures(NamedTuple):
    """The sizes of a window."""

    limit: int
    """The most characters of a window."""
    longest: int
    """The most characters of one piece."""
    lines: int
    """The number of lines from one anchor to the next, which is also the lines of a piece."""

    @classmethod
    def of_context(cls, tokens: int, *, slow: bool = False) -> Measures:
        """Return the sizes for a prompt that may have this many tokens.

        Where reading them is `slow`, the window has few large pieces: its beginning then moves
        seldom, and with it everything that is cached.
        """
        tokens = max(tokens, _SMALLEST_CONTEXT)
        limit = tokens * _CHARACTERS_PER_TOKEN
        pieces = _PIECES_READ_SLOWLY if slow else _PIECES
        lines = max(_MINIMUM_LINES, tokens // (pieces * _TOKENS_PER_LINE))
        return cls(limit, max(limit // (pieces // 2), lines * _LONG_LINE), lines)

    @classmethod
    def of_suffix(cls, tokens: int) -> Measures:
        """Return the sizes for a text after the cursor of at most so many tokens, in small
        pieces: what a line more before it costs is reading it again."""
        limit = tokens * _CHARACTERS_PER_TOKEN
        return cls(limit, max(limit, _LONG_LINE), _SUFFIX_LINES)


def head_length(line_head: str, measures: Measures) -> int:
    """Return how many characters at the end of a line's beginning are its forced head.

    All of it, except on the very long lines of minified files: there the head begins at a column
    that is a multiple of `longest`, and what stands before it belongs to the window.
    """
    length, longest = len(line_head), measures.longest
    if length <= longest + longest // 2:
        return length
    return length - (length - longest // 2) // longest * longest


def window_before(text: str, measures: Measures) -> tuple[str, ...]:
    """Return the pieces of the end of `text`, in the document's order, with "\\n" line ends."""
    limit, longest, lines = measures
    start = 0
    if len(text) > limit:
        start = -(-(len(text) - limit) // longest) * longest
        start += text[start - 1 : start + 1] == "\r\n"
    shown = with_line_feeds(text[start:])
    groups = _groups(shown, text.count("\n", 0, start), lines)
    if start and len(shown) - len(groups[0]) >= limit // 2:
        groups = groups[1:]
    return tuple(
        group[at : at + longest] for group in groups for at in range(0, len(group), longest)
    )


def window_after(text: str, measures: Measures) -> tuple[str, ...]:
    """Return the pieces of the beginning of `text`, in the document's order, with "\\n"."""
    limit, longest, lines = measures
    stop = len(text)
    if stop > limit:
        stop -= -(-(stop - limit) // longest) * longest
        stop += text[stop - 1 : stop + 1] == "\r\n"
    shown = with_line_feeds(text[:stop])
    groups = _groups(shown, -text.count("\n"), lines)
    if stop < len(text) and len(shown) - len(groups[-1]) >= limit // 2:
        groups = groups[:-1]
    return tuple(
        group[max(0, end - longest) : end]
        for group in groups
        for end in range(len(group) % longest or longest, len(group) + 1, longest)
        if group
    )


def with_line_feeds(text: str) -> str:
    """Return a text with every line end of the protocol (CRLF, CR, LF) written as LF."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _groups(text: str, first_line: int, lines: int) -> list[str]:
    """Divide a text before every line whose number is a multiple of `lines`."""
    ended = text.split("\n")
    cuts = range(lines - first_line % lines, len(ended), lines)
    bounds = [0, *cuts, len(ended)]
    return [
        "\n".join(ended[start:end]) + ("\n" if end < len(ended) else "")
        for start, end in pairwise(bounds)
    ]
