"""The place in a document where text is wanted."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Extent(StrEnum):
    """How much text a hole asks for."""

    LINE = "line"
    """The rest of the current line, or one whole line where the current line is blank."""
    BLOCK = "block"
    """Lines up to the end of the block that the cursor stands in, or of the one it opens."""
    FUNCTION = "function"
    """The whole body of the function that the cursor stands in."""


@dataclass(frozen=True, slots=True)
class Hole:
    """Text is wanted at a place of a document, whose line ends are as the document has them."""

    language: str
    """The LSP language identifier: `python`, `typescriptreact`, ..."""
    prefix: str
    """The document before the hole."""
    suffix: str
    """The document after the hole."""

    @classmethod
    def at(cls, language: str, source: str, offset: int) -> Hole:
        """Return the empty hole at a character offset of a source text."""
        return cls(language, source[:offset], source[offset:])

    def fill(self, text: str) -> str:
        """Return the whole document with `text` in the hole."""
        return self.prefix + text + self.suffix

    @property
    def line_head(self) -> str:
        """The text of the current line before the cursor, without any line end."""
        return self.prefix[max(self.prefix.rfind("\n"), self.prefix.rfind("\r")) + 1 :]

    @property
    def line_tail(self) -> str:
        """The text of the current line after the cursor, without any line end."""
        ends = [end for end in (self.suffix.find("\n"), self.suffix.find("\r")) if end >= 0]
        return self.suffix[: min(ends)] if ends else self.suffix

    @property
    def line_end(self) -> str:
        """The line end of the current line, "" for the last line of a document without one."""
        after = self.suffix[len(self.line_tail) :]
        return "\r\n" if after.startswith("\r\n") else after[:1]


def surrounding_lines(hole: Hole) -> tuple[str, str]:
    """Return the lines before the hole's line and the lines after it."""
    before = hole.prefix[: len(hole.prefix) - len(hole.line_head)]
    return before, hole.suffix[len(hole.line_tail) + len(hole.line_end) :]
