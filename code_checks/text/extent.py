"""How much text a hole asks for, and where a text that is being generated has left that."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum, auto
from functools import lru_cache
from typing import NamedTuple

from code_checks.hole import Extent, Hole
from code_checks.languages import Blocks, all_languages
from code_checks.languages.language import BRACE_FUNCTION
from code_checks.text.before_closer import end_before_closer, is_before_closer
from code_checks.text.indentation import LINE_END, Layout, layout
from code_checks.text.lexical import balance, multiline_spans
from code_checks.text.pairs import LINE_CLOSERS

_UNFINISHED_ENDS = tuple(" \t=+-*/%.<>&|^~!?(")
_LINE = re.compile(r"([^\r\n]*)(\r\n|\n|\r|\Z)")
# Labels, `case`, `default`, `public:` often stand to the left of the statements around them.
_LABEL = re.compile(r"\s*(?:case\b.*|[A-Za-z_][\w ]*):\s*(?://.*|/\*.*)?$")
_CASE = re.compile(r"\s*(?:case\b|default\b)")
_MULTILINE_BEGINNINGS = {
    marks.begin
    for language in all_languages()
    for marks in (*language.strings, language.block_comment)
    if marks is not None and marks.is_multiline
}
_MULTILINE_MARK = re.compile("|".join(map(re.escape, sorted(_MULTILINE_BEGINNINGS))))
"""A quick look for what might go over several lines, in any language."""


def natural_extent(hole: Hole) -> Extent:
    """Return how much a person who edits at this place wants: a line, or the rest of a block.

    It is the rest of a block at the end of one, or behind a line that opens one which has no body
    yet, and one line everywhere else, also where the line's own statement visibly goes on
    (`return ‸`). Never FUNCTION: that is asked for.
    """
    look = layout(hole)
    tail = look.tail.strip()
    if tail.strip(LINE_CLOSERS) or tail.startswith((")", "]", "`", '"', "'")):
        return Extent.LINE
    opener = look.above if look.is_whole_line else look.head
    if look.opens_block(opener):
        has_body = bool(look.below) and look.column(look.below) > look.column(opener)
        return Extent.LINE if has_body else Extent.BLOCK
    if not look.is_whole_line and look.head.endswith(_UNFINISHED_ENDS):
        return Extent.LINE
    if not look.below:
        return Extent.BLOCK
    here = look.column(look.head if look.head else look.above)
    return Extent.LINE if look.column(look.below) >= here else Extent.BLOCK


def end_of_extent(hole: Hole, text: str, extent: Extent) -> int | None:
    """Return the index at which a text leaves the extent, or None while all of it is inside.

    What is kept, `text[:index]`, ends before a line end, except where a whole line pushes an
    existing one down and so needs its own. Cheap enough to be asked at every generated line; a
    hole with some twenty lines on either side will do.
    """
    look = layout(hole)
    if extent is Extent.LINE:
        return end_before_closer(hole, text) if is_before_closer(hole) else _end_of_line(look, text)
    return _end_of_block(hole, look, text, _floor(hole, look, text, extent))


def _end_of_line(look: Layout, text: str) -> int | None:
    """Return the end of the current line, or of the first that is not blank."""
    start = 0
    if look.is_whole_line:
        content = re.search(r"\S", text)
        if content is None:
            return None
        start = content.start()
    match = LINE_END.search(text, start)
    if match is None:
        return None
    return match.end() if look.pushes_tail_down else match.start()


def _floor(hole: Hole, look: Layout, text: str, extent: Extent) -> int:
    """Return the smallest column at which a line still belongs to the extent."""
    if extent is Extent.FUNCTION:
        header = _function_column(hole)
        if header is not None:
            return header + 1
    if not look.is_whole_line:
        return look.column(look.head) + look.opens_block(look.head)
    opening = look.column(look.above) if look.opens_block(look.above) else -1
    lead = re.match(r"\s*", text)
    last = LINE_END.split(lead.group() if lead else "")
    begin = look.column(last[-1] + ".") if len(last) > 1 else look.column(look.head + last[0] + ".")
    if begin > opening >= 0:
        return opening + 1
    return min(begin, look.column(look.head if look.head else look.above))


class _ExtentLine(NamedTuple):
    """A line of the generated text."""

    start: int
    """The offset at which it begins."""
    end: int
    """The offset behind its last character, before its line end."""
    after: int
    """The offset behind its line end."""
    text: str
    """The line without its line end."""


class _Step(Enum):
    """What a line does to the block that is being walked through."""

    INSIDE = auto()
    NEUTRAL = auto()  # It stands to the left of the block without ending it.
    REOPENS = auto()  # `} else {`
    CLOSES = auto()
    LEAVES = auto()


def _end_of_block(hole: Hole, look: Layout, text: str, floor: int) -> int | None:
    """Walk over the lines until one does not belong to the block at or right of `floor`."""
    protected = _protected(hole, text)
    is_outermost = floor == 0
    has_body = has_gap = False
    kept: _ExtentLine | None = None
    for line in _lines(text):
        is_first = line.start == 0 and not look.is_whole_line
        if is_first or any(start < line.start < end for start, end in protected):
            kept = line
            continue
        if not line.text.strip():
            has_gap = kept is not None
            continue
        source = look.head + line.text if line.start == 0 else line.text
        column = look.column(source)
        if is_outermost:
            step = _outermost_step(look, source, kept is None, has_body, has_gap)
        else:
            step = _step(look, source, column, floor)
        has_body |= column > 0
        has_gap = False
        if step is _Step.LEAVES:
            return None if _is_undecided(look, line) else _index(look, kept)
        if step is _Step.CLOSES:
            return _index(look, line) if line.after > line.end else None
        if step is _Step.REOPENS:
            floor = column + 1
        if step is not _Step.NEUTRAL:
            kept = line
    return None


def _step(look: Layout, source: str, column: int, floor: int) -> _Step:
    """Say what a line does to a block that is indented."""
    if column >= floor:
        return _Step.INSIDE
    if look.is_closer(source):
        if not _may_close(look, column, source):
            return _Step.LEAVES
        return _Step.REOPENS if look.opens_block(source) else _Step.CLOSES
    return _Step.NEUTRAL if _is_neutral(look, source, column, floor) else _Step.LEAVES


def _outermost_step(
    look: Layout, source: str, is_start: bool, has_body: bool, has_gap: bool
) -> _Step:
    """Say what a line does at the outermost level, where no indentation ends anything.

    One definition or one paragraph is a block there: it ends at a line at column 0 that follows a
    body or a gap.
    """
    if is_start or source[0] in " \t":
        return _Step.INSIDE
    if look.is_closer(source):
        if not _may_close(look, 0, source):
            return _Step.LEAVES
        return _Step.CLOSES if has_body and not look.opens_block(source) else _Step.INSIDE
    is_next = (has_gap or has_body) and source.strip() != "{"
    return _Step.LEAVES if is_next else _Step.INSIDE


def _lines(text: str) -> Iterator[_ExtentLine]:
    for match in _LINE.finditer(text):
        yield _ExtentLine(match.start(), match.end(1), match.end(), match.group(1))
        if match.end(1) == len(text):
            return


def _index(look: Layout, kept: _ExtentLine | None) -> int:
    if kept is None:
        return 0
    return kept.after if look.pushes_tail_down else kept.end


def _may_close(look: Layout, column: int, source: str) -> bool:
    """Say whether a closing line belongs to the text: not if the suffix has it already."""
    tail = look.tail.strip()
    if tail and not look.is_whole_line and tail[0] == source.lstrip()[0]:
        return look.column(look.head) > column
    if not look.below:
        return True
    below = look.column(look.below)
    return below < column or (below == column and not look.is_closer(look.below))


def _is_undecided(look: Layout, line: _ExtentLine) -> bool:
    """Say whether an unfinished line may still become one that belongs to the block.

    Tokens come in pieces: `el` is on its way to `else:`, and `out` to a label.
    """
    if line.after > line.end or look.language is None:
        return False
    begun = line.text.strip()
    awaited = (*look.language.closers, look.language.line_comment)
    if any(word.startswith(begun) and word != begun for word in awaited):
        return True
    return look.language.blocks is Blocks.BRACES and (
        begun.isidentifier() or _CASE.match(begun) is not None
    )


def _is_neutral(look: Layout, source: str, column: int, floor: int) -> bool:
    """Say whether a line may stand to the left of its block without ending it."""
    if look.is_comment(source):
        return True
    language = look.language
    if language is None or language.blocks is not Blocks.BRACES or language.is_data:
        return False
    if column == 0 and language.has_preprocessor and source.startswith("#"):
        return True
    if column == floor - 1 and _CASE.match(source):
        return True
    return _LABEL.match(source) is not None


def _protected(hole: Hole, text: str) -> list[tuple[int, int]]:
    """Return the spans of strings and comments whose lines may begin at any column.

    The string in which the cursor itself stands is not among them: it is a docstring most often,
    and its text ends at a line that is indented less.
    """
    if not _MULTILINE_MARK.search(text):
        return []
    inside = balance(hole).inside
    return multiline_spans(hole.language, text, inside)[bool(inside) :]


@lru_cache(maxsize=16)
def _function_column(hole: Hole) -> int | None:
    """Return the column of the header of the function around the cursor, None if there is none."""
    look = layout(hole)
    pattern = look.language.function_header if look.language else BRACE_FUNCTION
    limit: float = float("inf")
    if look.head:
        limit = look.column(look.head + ".") + (not look.is_whole_line)
    for line in reversed(LINE_END.split(hole.prefix)):
        stripped = line.strip()
        if not stripped or stripped == "{" or look.is_comment(line):
            continue
        column = look.column(line)
        if column >= limit or (look.is_closer(line) and not look.opens_block(line)):
            continue
        if pattern.match(line):
            return column
        if not look.is_closer(line):
            limit = column
    return None
