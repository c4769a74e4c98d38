"""Filters that put a text's indentation where the document needs it."""

from __future__ import annotations

import re
from functools import lru_cache

from code_checks.hole import Hole
from code_checks.text.indentation import Layout, layout
from code_checks.text.lexical import MAXIMUM_SCAN, balance, continuation_spans

_LEFT_OF_BLOCK = re.compile(r"\s*(?:#|(?:case\b.*|default|[A-Za-z_]\w*)\s*:|[{}()\]]|//|/?\*)")


def remove_doubled_indentation(hole: Hole, text: str) -> str:
    """Remove from the first line the indentation that the cursor's line has already."""
    look = layout(hole)
    lines = text.split("\n")
    lead = _lead(lines[0])
    if not look.is_whole_line or not look.head or not lead or balance(hole).inside:
        return text
    column, cursor = look.column(look.head + lines[0]), look.column(look.head + ".")
    limit = look.column(look.above) + look.step * look.opens_block(look.above)
    is_statement = look.matters and not balance(hole).open and not look.above.endswith("\\")
    if column <= limit or not (lead == look.head or is_statement):
        return text
    lines[0] = lines[0][len(lead) :]
    following = next((line for line in lines[1:] if line.strip()), "")
    if following and look.column(following) >= column + look.opens_block(lines[0]):
        lines[1:] = _shifted(look, lines[1:], cursor - column)
    return "\n".join(lines)


def indent_first_line(hole: Hole, text: str) -> str:
    """Move a text whose first line begins at a column where no line can begin.

    In Python such a column is known for certain: deeper than the line that opens the block, else
    that of a block which is open here and which the line below leaves open. Elsewhere only a text
    that was written from column 0 into an indented block is moved.
    """
    look = layout(hole)
    lines = text.split("\n")
    if not look.is_whole_line or look.head or _is_free(hole, look) or not lines[0].strip():
        return text
    column = look.column(lines[0])
    if look.matters:
        target = _python_column(hole, look, lines, column)
    else:
        target = _block_column(look, lines[0], column)
    if target == column:
        return text
    return "\n".join(_shifted(look, lines, target - column))


def indent_body(hole: Hole, text: str) -> str:
    """Move the lines after the first where that one opens a block that they do not stand in."""
    look = layout(hole)
    lines = text.split("\n")
    opener = look.head + lines[0]
    body = next((line for line in lines[1:] if line.strip()), "")
    if not body or not look.opens_block(opener) or _is_free(hole, look):
        return text
    base, column = look.column(opener), look.column(body)
    if column > base or look.is_closer(body) or look.is_comment(body):
        return text
    if not look.matters and (column or not base or _LEFT_OF_BLOCK.match(body)):
        return text
    if look.matters and opener.rstrip()[-1] != ":":
        return text
    lines[1:] = _shifted(look, lines[1:], base if column else base + look.step)
    return "\n".join(lines)


def _is_free(hole: Hole, look: Layout) -> bool:
    """Say whether lines may begin anywhere here: in strings, in lists, in prose and data."""
    around = balance(hole)
    language = look.language
    if language is None or language.is_data or around.inside or look.above.endswith("\\"):
        return True
    return bool(around.open) if look.matters else around.open[-1:] in ("(", "[")


def _python_column(hole: Hole, look: Layout, lines: list[str], column: int) -> int:
    """Return the column nearest to `column` at which a statement can begin."""
    if look.is_comment(lines[0]):
        return column
    above = look.column(look.above)
    if look.opens_block(look.above):
        if column > above:
            return column
        return column + above if column else above + look.step
    levels = _open_levels(hole)
    possible = [level for level in levels if level >= _lowest_column(look, lines)]
    if not possible or column in possible or (column and column in levels):
        return column  # A level is meant, even one at which nothing can stand here.
    return min(possible, key=lambda level: (abs(level - column), -level))


def _lowest_column(look: Layout, lines: list[str]) -> int:
    """Return the smallest column of a statement that leaves the line below in its block."""
    last = next(line for line in reversed(lines) if line.strip())
    is_header = any(map(look.opens_block, (last, lines[0]))) or lines[0].lstrip()[0] == "@"
    if not look.below or look.is_comment(look.below) or is_header:
        return 0
    return look.column(look.below) + look.is_closer(look.below)


def _block_column(look: Layout, line: str, column: int) -> int:
    """Return where a line that was written at column 0 belongs in a language with brackets."""
    above = look.column(look.above)
    if column or not above or _LEFT_OF_BLOCK.match(line) or look.is_closer(line):
        return column
    if look.opens_block(look.above):
        return above + look.step
    is_in_block = bool(look.below) and look.column(look.below) >= above
    return above if is_in_block and not look.opens_block(line) else column


@lru_cache(maxsize=16)
def _open_levels(hole: Hole) -> tuple[int, ...]:
    """Return the columns at which a Python statement may begin here, deepest first.

    Lines inside strings and brackets begin no statement and tell nothing.
    """
    look = layout(hole)
    source = hole.prefix[-MAXIMUM_SCAN:]
    spans = continuation_spans(hole.language, source)
    levels: list[int] = []
    end = len(source)
    while end >= 0:
        start = source.rfind("\n", 0, end) + 1
        while spans and spans[-1][0] >= start:
            spans.pop()
        line = source[start:end]
        is_inside = bool(spans) and start < spans[-1][1]
        if line.strip() and not is_inside and not look.is_comment(line):
            column = look.column(line)
            if not levels or column < levels[-1]:
                levels.append(column)
            if not column:
                break
        end = start - 1
    return tuple(levels) or (0,)


def _shifted(look: Layout, lines: list[str], columns: int) -> list[str]:
    """Return lines moved to the right by so many columns, or to the left as far as they can."""
    return [
        look.lead(max(0, look.column(line) + columns)) + line.lstrip(" \t") if line.strip() else ""
        for line in lines
    ]


def _lead(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t"))]
