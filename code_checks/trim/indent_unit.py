"""The filter that writes a text's indentation in the document's unit: tabs, or so many spaces."""

from __future__ import annotations

from itertools import pairwise

from code_checks.hole import Hole
from code_checks.text.indentation import Layout, layout
from code_checks.text.lexical import balance, multiline_spans

_STEPS = (2, 4, 8, 3)
"""The widths of a step that models write, the likeliest first."""


def convert_indentation(hole: Hole, text: str) -> str:
    """Write the indentation of a text's lines in the document's unit.

    Nothing is changed unless every line fits: an alignment, a comment's or a table's, has no unit.
    """
    look = layout(hole)
    if look.uses_tabs is None or balance(hole).inside or multiline_spans(hole.language, text):
        return text
    lines = text.split("\n")
    first = 0 if look.is_whole_line and not look.head else 1
    indented = [line for line in lines[first:] if line.strip() and line[0] in " \t"]
    leads = {line[: len(line) - len(line.lstrip(" \t"))] for line in indented}
    if not leads or len(set("".join(leads))) > 1:
        return text
    widths = {len(lead) for lead in leads}
    if "\t" in leads.pop():
        new = {} if look.uses_tabs else {width: look.unit * width for width in widths}
    elif look.uses_tabs:
        new = _tabs(look, lines, first, widths)
    else:
        new = _spaces(look, lines, first, widths)
    return "\n".join(lines[:first] + [_with_lead(line, new) for line in lines[first:]])


def _with_lead(line: str, new: dict[int, str]) -> str:
    code = line.lstrip(" \t")
    width = len(line) - len(code)
    return new.get(width, line[:width]) + code if code else line


def _tabs(look: Layout, lines: list[str], first: int, widths: set[int]) -> dict[int, str]:
    """Return the tabs for each width of spaces; nothing where one of them is no level."""
    step = _step_from_margin(look, lines, first, widths)
    if not step and _base(look, lines, first) == 0:
        step = min(widths)
    elif not step:
        step = 4 if all(width % 4 == 0 for width in widths) else 2
    if any(width % step for width in widths):
        return {}
    return {width: "\t" * (width // step) for width in widths}


def _spaces(look: Layout, lines: list[str], first: int, widths: set[int]) -> dict[int, str]:
    """Return the spaces in the document's unit for each width in another one."""
    base = _base(look, lines, first)
    line = _next_line(lines)
    width = look.column(line)
    if not line or base % look.step or _is_possible(look, lines, first, width):
        return {}
    step = width - base if _opens(look, lines, first) else 0
    deeper, levels = {each - base for each in widths if each > base}, widths - {base}
    is_relative = step in _STEPS and step != look.step and not any(d % step for d in deeper)
    if is_relative and not any(each % look.step for each in levels if each < base):
        return {each: " " * (base + (each - base) // step * look.step) for each in widths
                if each > base}  # fmt: skip
    step = _step_from_margin(look, lines, first, widths)
    if not step or any(each % step for each in widths):
        return {}
    return {each: look.unit * (each // step) for each in widths}


def _is_possible(look: Layout, lines: list[str], first: int, width: int) -> bool:
    """Say whether the line below the first may begin at this column of the document."""
    base = _base(look, lines, first)
    if _opens(look, lines, first):
        return width == base + look.step
    is_whole = look.matters or lines[0].rstrip().endswith((";", "}"))
    return not is_whole or (width <= base and width % look.step == 0)


def _step_from_margin(look: Layout, lines: list[str], first: int, widths: set[int]) -> int:
    """Return the step in which the line below the first stands where it should, counted from the
    margin; 0 if there is none."""
    level = _base(look, lines, first) // look.step + _opens(look, lines, first)
    line = _next_line(lines)
    width = look.column(line)
    if not level or not line or width % level:
        return 0
    step = width // level
    columns = [look.column(line) for line in lines[1:] if line.strip()]
    skips = any(right - left > step for left, right in pairwise(columns))
    return step if step in _STEPS and not skips else 0


def _base(look: Layout, lines: list[str], first: int) -> int:
    """Return the column of the text's first line in the document."""
    if first == 0:
        above = look.column(look.above)
        return above + look.step * look.opens_block(look.above)
    return look.column(look.head) if look.head.strip() else look.column(look.head + ".")


def _opens(look: Layout, lines: list[str], first: int) -> bool:
    return look.opens_block(lines[0] if first == 0 else look.head + lines[0])


def _next_line(lines: list[str]) -> str:
    """Return the first line below the first one that is neither blank nor a closer's."""
    return next((line for line in lines[1:] if line.strip()), "")
