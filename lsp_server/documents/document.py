"""An open text document: its lines, as the protocol counts them, and the edits made to them.

Lines end at `\\n`, `\\r\\n` and `\\r` and nowhere else: to an editor a form feed or U+2028 is an
ordinary character, although `str.splitlines` would break there. A document is kept as a list of
lines, so that a keystroke touches one line and the list's pointers, not the whole text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from lsp_server.documents.uris import file_of, governing_file_of

_LINE_END = re.compile(r"(?<=\n)|(?<=\r)(?!\n)")
_SURROGATE = re.compile("[\ud800-\udfff]")


class Encoding(StrEnum):
    """The unit in which a client counts characters on a line, as negotiated at `initialize`."""

    UTF8 = "utf-8"
    UTF16 = "utf-16"
    UTF32 = "utf-32"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A zero-based line and the number of the encoding's units before the place on that line."""

    line: int
    units: int


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of a document by its client."""

    text: str
    """The text that is put in."""
    start: Place | None = None
    """Where the replaced text begins; None if the whole document is replaced."""
    end: Place | None = None
    """Where the replaced text ends; None if the whole document is replaced."""


def split_lines(text: str) -> list[str]:
    """Split a text into lines that keep their ends; the last has none and may be empty."""
    if "\r" in text:
        return _LINE_END.split(text)
    *ended, last = text.split("\n")
    return [f"{line}\n" for line in ended] + [last]


def column_of(line: str, units: int, encoding: Encoding) -> int:
    """Return how many characters of a line lie before that many units.

    Beyond the line is the end of the line, and inside a character is before it.
    """
    # No unit is shorter than a character, so that this many characters are enough.
    content = line.rstrip("\r\n")[: max(units, 0)]
    if encoding is Encoding.UTF32 or content.isascii():
        return len(content)
    codec = "utf-8" if encoding is Encoding.UTF8 else "utf-16-le"
    coded = content.encode(codec, "surrogatepass")
    end = units if encoding is Encoding.UTF8 else 2 * units
    if encoding is Encoding.UTF8:
        while end < len(coded) and coded[end] & 0xC0 == 0x80:
            end -= 1
    elif end < len(coded) and _is_low(coded[end + 1]) and _is_high(coded[end - 1]):
        end -= 2
    return len(coded[:end].decode(codec, "surrogatepass"))


def _is_high(byte: int) -> bool:
    return byte & 0xFC == 0xD8


def _is_low(byte: int) -> bool:
    return byte & 0xFC == 0xDC


def units_of(text: str, encoding: Encoding) -> int:
    """Return the length of a text within a line in the encoding's units."""
    if encoding is Encoding.UTF32 or text.isascii():
        return len(text)
    if encoding is Encoding.UTF8:
        return len(text.encode("utf-8", "surrogatepass"))
    return len(text) + sum(character > "\uffff" for character in text)


class Document:
    """A document that the client has open. Not thread-safe: only the event loop touches it."""

    def __init__(
        self,
        uri: str,
        text: str,
        *,
        language: str = "plaintext",
        version: int = 0,
        encoding: Encoding = Encoding.UTF16,
    ) -> None:
        self.uri = uri
        self.language = language
        self.version = version
        self.encoding = encoding
        self._lines = split_lines(text)
        self._text: str | None = text

    @cached_property
    def file(self) -> Path | None:
        """The file that this is; None for a document that is not (yet) a file."""
        return file_of(self.uri)

    @cached_property
    def governing_file(self) -> Path | None:
        """The path whose settings and secrecy hold for the document; see `governing_file_of`."""
        return governing_file_of(self.uri)

    @property
    def text(self) -> str:
        """The whole text. Joined at most once per version."""
        if self._text is None:
            self._text = "".join(self._lines)
        return self._text

    @property
    def lines(self) -> Sequence[str]:
        """The lines with their ends; there is always at least one."""
        return self._lines

    def apply(self, edits: Sequence[Edit], version: int) -> None:
        """Apply edits in order, each to the result of the one before."""
        for edit in edits:
            if edit.start is None:
                self._lines = split_lines(edit.text)
            else:
                self._replace(edit.start, edit.end or edit.start, edit.text)
        self._text = None
        self.version = version

    def split_at(self, place: Place) -> tuple[str, str]:
        """Return the text before and after a place."""
        line, column = self._locate(place)
        current = self._lines[line]
        before = "".join(self._lines[:line]) + current[:column]
        return before, current[column:] + "".join(self._lines[line + 1 :])

    def place_of(self, offset: int) -> Place:
        """Return the place before the character with this offset; the end if there is none."""
        number = 0
        while number < len(self._lines) - 1 and offset >= len(self._lines[number]):
            offset -= len(self._lines[number])
            number += 1
        content = self._lines[number].rstrip("\r\n")
        return Place(number, units_of(content[: max(offset, 0)], self.encoding))

    def _locate(self, place: Place) -> tuple[int, int]:
        if place.line >= len(self._lines):
            return len(self._lines) - 1, len(self._lines[-1])
        line = max(place.line, 0)
        return line, column_of(self._lines[line], place.units, self.encoding)

    def _replace(self, start: Place, end: Place, text: str) -> None:
        first, first_column = self._locate(start)
        last, last_column = max(self._locate(end), (first, first_column))
        changed = self._lines[first][:first_column] + text + self._lines[last][last_column:]
        if first > 0 and self._lines[first - 1].endswith("\r") and changed.startswith("\n"):
            # A carriage return and a line feed that have become neighbors end one line, not two.
            first -= 1
            changed = self._lines[first] + changed
        lines = split_lines(_pair_surrogates(changed))
        if last + 1 < len(self._lines):
            lines.pop()  # The last line's end is followed by the next line, not by an empty one.
        self._lines[first : last + 1] = lines


def _pair_surrogates(text: str) -> str:
    # Halves of a character that were inserted one by one are one character once they meet.
    if not _SURROGATE.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
