"""A position typed on the command line, FILE:LINE:COL or FILE:LINE, and what it points into."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from pathlib import Path

from lsp_server.commands.command_errors import CommandError, WrongUsage

_LINE_END = re.compile(r"\r\n|\n|\r")
_LINE = re.compile(r"(?P<file>.+?):(?P<line>[0-9]{1,9})(?::(?P<column>[0-9]{1,9}))?", re.S)
# The longer marks first: UTF-32's begins with UTF-16's.
_OTHER_ENCODINGS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)


@dataclass(frozen=True, slots=True)
class FilePosition:
    """A place in a file."""

    file: Path
    """The file."""
    line: int
    """The line, from 1."""
    column: int | None
    """The column in characters, from 1; None for the one in which the line's text begins."""

    @classmethod
    def parse(cls, text: str) -> FilePosition:
        """Read FILE:LINE:COL from the right, since file names may hold colons.

        Raises WrongUsage.
        """
        file, *numbers = text.rsplit(":", 2)
        # str.isdigit accepts superscripts, which int does not.
        if not file or len(numbers) != 2 or not all(re.fullmatch("[0-9]{1,9}", n) for n in numbers):
            raise WrongUsage(
                f"{text!r} is not a position; write FILE:LINE:COL, such as app.py:12:5"
            )
        return cls(Path(file), int(numbers[0]), int(numbers[1]))

    @classmethod
    def parse_line(cls, text: str) -> FilePosition:
        """Read FILE:LINE or FILE:LINE:COL; of two numbers at the end, the first is the line.

        Raises WrongUsage.
        """
        match = _LINE.fullmatch(text)
        if match is None:
            raise WrongUsage(f"{text!r} is not a line; write FILE:LINE, such as app.py:12")
        column = match["column"]
        return cls(Path(match["file"]), int(match["line"]), int(column) if column else None)

    def offset_in(self, source: str) -> int:
        """Return the offset of the position in a text, in characters.

        Lines end at \\n, \\r\\n and \\r. Raises CommandError with the valid range.
        """
        starts = [0, *(end.end() for end in _LINE_END.finditer(source))]
        if not 1 <= self.line <= len(starts):
            raise CommandError(
                f"{self.file}: there is no line {self.line}; lines are 1 to {len(starts)}"
            )
        start = starts[self.line - 1]
        end = _LINE_END.search(source, start)
        width = (end.start() if end else len(source)) - start
        if self.column is None:
            line = source[start : start + width]
            return start + len(line) - len(line.lstrip())
        if not 1 <= self.column <= width + 1:
            raise CommandError(
                f"{self.file}: line {self.line} has no column {self.column}; "
                f"columns are 1 to {width + 1}"
            )
        return start + self.column - 1


def read_source(file: Path) -> str:
    """Return a source file's text with the line ends that it has, without a byte order mark.

    Raises CommandError naming the file if it is missing, a directory, unreadable, or not text.
    """
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        raise CommandError(f"{file}: no such file") from None
    except IsADirectoryError:
        raise CommandError(f"{file}: is a directory, not a file") from None
    except OSError as error:
        # Elsewhere a directory is reported as a missing permission.
        reason = "is a directory, not a file" if file.is_dir() else error.strerror or str(error)
        raise CommandError(f"{file}: cannot be read: {reason}") from None
    for mark, encoding in _OTHER_ENCODINGS:
        if content.startswith(mark):
            raise CommandError(f"{file}: is encoded as {encoding}; only UTF-8 is understood")
    if b"\0" in content:
        raise CommandError(f"{file}: is a binary file")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CommandError(
            f"{file}: is not UTF-8 text (byte 0x{content[error.start]:02x} at {error.start}); "
            "only UTF-8 is understood"
        ) from None
