"""What the lines around a hole say about indentation and blocks."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise

from code_checks.hole import Hole
from code_checks.languages import Blocks, Language, indents_with_tabs, language_named

LINE_END = re.compile(r"\r\n|\n|\r")
"""The end of a line, as the protocol knows them."""

NEIGHBORHOOD = 400
"""How many lines on either side of the cursor tell a file's unit of indentation."""

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Layout:
    """The lines around a hole."""

    language: Language | None
    """The document's language, None if it is not known here."""
    head: str
    """The current line before the cursor."""
    tail: str
    """The current line after the cursor."""
    above: str
    """The nearest line above that is not blank, "" if there is none."""
    below: str
    """The nearest line below that is not blank, "" if there is none. Where the head is blank, a
    tail that is not blank moves down when a line is inserted, so the current line is meant then."""
    unit: str
    """One step of indentation: a tab or some spaces."""
    tab: int
    """How many columns a tab counts."""
    uses_tabs: bool | None
    """Whether lines are indented with tabs; None where the document mixes tabs and spaces or has no
    indented line yet, unless the language's own formatter uses tabs."""

    def column(self, line: str) -> int:
        """Return the column at which a line's text begins."""
        lead = line[: len(line) - len(line.lstrip(" \t"))]
        return len(lead.expandtabs(self.tab)) if "\t" in lead else len(lead)

    @property
    def step(self) -> int:
        """The width of one step of indentation in columns."""
        return len(self.unit.expandtabs(self.tab))

    def lead(self, column: int) -> str:
        """Return the white space, in the file's manner, that ends at a column."""
        if self.unit != "\t":
            return " " * column
        return "\t" * (column // self.tab) + " " * (column % self.tab)

    @property
    def is_whole_line(self) -> bool:
        """Whether the hole's text begins on a line that has no text before the cursor."""
        return not self.head.strip()

    @property
    def pushes_tail_down(self) -> bool:
        """Whether a whole line is wanted in front of a line that is there already."""
        return self.is_whole_line and bool(self.tail.strip())

    @property
    def matters(self) -> bool:
        """Whether indentation has a meaning in this language."""
        return self.language is not None and self.language.indentation_matters

    def opens_block(self, line: str) -> bool:
        """Say whether a block begins at the end of this line."""
        return opens_block(self.language, line)

    def is_closer(self, line: str) -> bool:
        """Say whether this line closes or continues the block above it."""
        return is_closer(self.language, line)

    def is_comment(self, line: str) -> bool:
        """Say whether this line is nothing but a line comment."""
        mark = self.language.line_comment if self.language else ""
        return bool(mark) and line.lstrip().startswith(mark)


def behind_enter(hole: Hole) -> Hole:
    """Return a hole at the end of a line as editors leave it when Enter is pressed there: on a new
    line, indented like this one or a step deeper where it opens a block."""
    look = layout(hole)
    deeper = look.step if look.opens_block(look.head) else 0
    ending = "\r\n" if "\r\n" in hole.prefix else "\n"
    lead = look.lead(look.column(look.head) + deeper)
    return Hole(hole.language, hole.prefix + ending + lead, hole.suffix)


def opens_block(language: Language | None, line: str) -> bool:
    """Say whether a block, a bracketed list or a body begins at the end of this line."""
    code = strip_comment(language, line)
    if not code or language is None:
        return False
    if code[-1] in "{([":
        return True
    return language.openers.search(code) is not None


def is_closer(language: Language | None, line: str) -> bool:
    """Say whether a line begins with a bracket or keyword that closes the block above it."""
    stripped = line.lstrip()
    if language is None or not stripped:
        return False
    if stripped.startswith("</"):
        return language.blocks is Blocks.TAGS
    word = _WORD.match(stripped)
    first = word.group() if word else stripped[0]
    return first in language.closers


def strip_comment(language: Language | None, line: str) -> str:
    """Return a line without the comment and the white space at its end."""
    code = line.rstrip()
    if language and language.line_comment and language.line_comment in code:
        if code.lstrip().startswith(language.line_comment):
            return ""
        code = _comment_at_end(language).sub("", code)
    return code


@cache
def _comment_at_end(language: Language) -> re.Pattern[str]:
    """Return what finds a comment behind code. A quote in it may mean that it is a string."""
    mark, block = language.line_comment, language.block_comment
    # A mark of one character is often something else: `$#`, `#{name}`.
    before = r"\s+" if len(mark) == 1 else r"\s*"
    comment = rf"{re.escape(mark)}[^'\"]*"
    if block and not block.begin.startswith(mark):
        begin, end = re.escape(block.begin), re.escape(block.end)
        comment = rf"(?:{comment}|{begin}[^{re.escape(block.end[0])}]*{end}\s*)"
    return re.compile(rf"{before}{comment}$")


@lru_cache(maxsize=16)
def layout(hole: Hole) -> Layout:
    """Return the layout around a hole; cached, since it is asked for at every generated line."""
    before = _lines(hole.prefix[-200 * NEIGHBORHOOD :])[-NEIGHBORHOOD:]
    after = _lines(hole.suffix[: 200 * NEIGHBORHOOD])[:NEIGHBORHOOD]
    head, tail = hole.line_head, hole.line_tail
    above = next((line for line in reversed(before[:-1]) if line.strip()), "")
    below = next((line for line in after[1:] if line.strip()), "")
    if not head.strip() and tail.strip():
        below = head + tail
    lines = _indented(before[:-1]) + _indented(after[1:])
    language = language_named(hole.language)
    if not lines and head and not head.strip() and opens_block(language, above):
        before[-1] = f"{head}."  # The editor has indented it, and nothing else tells.
        before.append("")
        lines = _indented(before[:-1])
    tabs = sum(line[0] == "\t" for line in lines)
    spaces = sum(line.startswith("  ") for line in lines)
    mixed = bool(tabs) and any(line.startswith(" " * 8) for line in lines)
    uses_tabs = None if min(tabs, spaces) * 9 >= max(tabs, spaces) else tabs > spaces
    if not (tabs or spaces) and indents_with_tabs(hole.language):
        uses_tabs = True
    unit = "\t" if uses_tabs or tabs * 2 > len(lines) else _unit_of_spaces(before[:-1] + after[1:])
    return Layout(
        language, head, tail, above, below, unit,
        8 if mixed else 4, uses_tabs,
    )  # fmt: skip


def _indented(lines: list[str]) -> list[str]:
    """Return the lines that are indented; what continues the line above it tells no unit."""
    return [
        line
        for above, line in pairwise(["", *lines])
        if line.strip() and line[0] in " \t" and not above.endswith("\\")
    ]


def _unit_of_spaces(lines: list[str]) -> str:
    """Return the most common step by which these lines are indented more than those above."""
    columns = [len(line) - len(line.lstrip(" ")) for line in lines if line.strip()]
    steps = Counter(right - left for left, right in pairwise(columns) if 2 <= right - left <= 8)
    return " " * (steps.most_common(1)[0][0] if steps else 4)


def _lines(text: str) -> list[str]:
    """Split at the line ends that editors know, and only at those."""
    return LINE_END.split(text)
