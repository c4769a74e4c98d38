"""A change of a document: some of its characters, and what stands for them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import accumulate

_LINE = re.compile(r"[^\r\n]*")
_LINE_WITH_END = re.compile(r"[^\r\n]*(?:\r\n|\n|\r|\Z)")


@dataclass(frozen=True, slots=True)
class Replacement:
    """A text that stands for some of a document's characters."""

    start: int
    """The offset of the first character that goes."""
    end: int
    """The offset behind the last character that goes."""
    text: str
    """The text that comes in their place."""

    @property
    def cost(self) -> int:
        """How much comes or goes, in quarters of a character: white space counts only one."""
        return 4 * (self.end - self.start) + sum(1 if c.isspace() else 4 for c in self.text)

    def apply(self, source: str) -> str:
        """Return the document with the replacement made."""
        return source[: self.start] + self.text + source[self.end :]


def smallest_edit(source: str, start: int, end: int, text: str) -> Replacement:
    """Return the replacement of a span without what is the same on both of its sides."""
    old = source[start:end]
    same = next((i for i, (a, b) in enumerate(zip(old, text, strict=False)) if a != b), None)
    head = min(len(old), len(text)) if same is None else same
    tail = 0
    while tail < min(len(old), len(text)) - head and old[-1 - tail] == text[-1 - tail]:
        tail += 1
    return Replacement(start + head, end - tail, text[head : len(text) - tail])


def lines_of(source: str) -> list[str]:
    """Return a document's lines without their ends, which are those that editors know."""
    return [line.rstrip("\r\n") for line in _LINE_WITH_END.findall(source)[:-1]] or [""]


def line_span(source: str, row: int) -> tuple[int, int]:
    """Return where a line begins and ends, without its line end; the last line if there is none
    with this row."""
    lines = _LINE_WITH_END.findall(source)[:-1] or [""]
    starts = [0, *accumulate(map(len, lines))]
    start = starts[max(0, min(row, len(lines) - 1))]
    matched = _LINE.match(source, start)
    return start, matched.end() if matched else start
