"""From a model's text to something that fits its hole.

Filters are tiny and pure, take a hole and a text, and stand in a visible order in `filters`.
All of them see line feeds only, whatever the document has.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from code_checks.hole import Extent, Hole
from code_checks.languages import language_named
from code_checks.text.extent import end_of_extent, natural_extent
from code_checks.trim.closers import cut_unmatched_closers, drop_junk
from code_checks.trim.edges import (
    end_line_for_suffix,
    remove_leading_blank_lines,
    remove_trailing_blank,
)
from code_checks.trim.indent import (
    indent_body,
    indent_first_line,
    remove_doubled_indentation,
)
from code_checks.trim.indent_unit import convert_indentation
from code_checks.trim.markup import (
    drop_bidirectional,
    remove_invisible,
    remove_lead_in,
    remove_thinking,
    unwrap_fence,
)
from code_checks.trim.repetition import (
    cut_repeated_suffix,
    cut_repeated_tail,
    drop_looping_line,
    drop_repeated_above,
    drop_repeated_word,
    limit_repeated_blocks,
    limit_repeated_lines,
    remove_repeated_head,
)
from code_checks.trim.unfinished import cut_to_complete, is_open_ended

Filter = Callable[[Hole, str], str]

_MAXIMUM_ROUNDS = 6
_LINE_END = re.compile(r"\r\n|\r")


def trim(hole: Hole, text: str, extent: Extent | None = None, *, finished: bool = True) -> str:
    """Return the part of a model's text that belongs into a hole, "" if nothing does.

    `extent` None means the hole's natural one. `finished` False says that the generation was cut
    short: then only complete statements stay. Trimming what is trimmed changes nothing. Never
    raises because of what a text or a document holds.
    """
    known = language_named(hole.language)
    name = known.name if known else hole.language
    plain = Hole(name, _unify(hole.prefix), _unify(hole.suffix))
    raw = _unify(text)
    wanted = natural_extent(plain) if extent is None else extent
    unfinished = None if finished else remove_invisible(plain, raw)
    trimmed = _settle(plain, raw, filters(wanted, unfinished))
    return trimmed.replace("\n", _line_end(hole))


def filters(extent: Extent, unfinished: str | None = None) -> tuple[Filter, ...]:
    """Return the filters in their order; `unfinished` is the whole text where it was cut short.

    What is not code goes first, so that everything later reads code. Indentation comes before the
    extent, which is judged by it. Then the text is cut where it says the suffix again and where
    it leaves the extent, and only if neither has ended it can its end be an unfinished one. Loops,
    brackets and junk are judged on what would be shown. The edges are last, because each cut
    leaves white space behind.
    """

    def goes_on(text: str) -> bool:
        return unfinished is not None and is_open_ended(text, unfinished)

    def limit_to_extent(hole: Hole, text: str) -> str:
        # What a finished text says last is a whole line.
        whole = text if goes_on(text) or text.endswith("\n") else text + "\n"
        return text[: end_of_extent(hole, whole, extent)]

    def cut_unfinished(hole: Hole, text: str) -> str:
        return cut_to_complete(hole, text, extent) if goes_on(text) else text

    return (
        drop_bidirectional,
        remove_invisible,
        remove_thinking,
        unwrap_fence,
        remove_lead_in,
        remove_repeated_head,
        remove_leading_blank_lines,
        convert_indentation,
        remove_doubled_indentation,
        indent_first_line,
        indent_body,
        cut_repeated_suffix,
        limit_to_extent,
        cut_unfinished,
        drop_looping_line,
        limit_repeated_lines,
        limit_repeated_blocks,
        drop_repeated_above,
        cut_repeated_tail,
        drop_repeated_word,
        cut_unmatched_closers,
        drop_junk,
        remove_trailing_blank,
        end_line_for_suffix,
    )


def _settle(hole: Hole, text: str, chain: tuple[Filter, ...]) -> str:
    """Apply the filters until none changes anything, which makes trimming idempotent.

    A text on which they never agree is not worth showing.
    """
    for _ in range(_MAXIMUM_ROUNDS):
        before = text
        for change in chain:
            text = change(hole, text)
        if text == before or not text:
            return text
    return ""


def _unify(text: str) -> str:
    return _LINE_END.sub("\n", text) if "\r" in text else text


def _line_end(hole: Hole) -> str:
    """Return the document's line end: that of the line above the cursor, or of the one below."""
    before = re.findall(r"\r\n|\n|\r", hole.prefix[-4000:])
    after = re.findall(r"\r\n|\n|\r", hole.suffix[:4000])
    ends = [*before[-1:], *after[:1]]
    return ends[0] if ends else "\n"
