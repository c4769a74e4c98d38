"""What a proposal makes of files: as a unified diff, and written where somebody wants that."""

from __future__ import annotations

import codecs
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path

from ensemble.code_actions.proposal import Change, Proposal
from lsp_server.commands.command_errors import CommandError
from lsp_server.commands.completion.cli_document import CliDocument
from lsp_server.commands.completion.position import read_source

_UNFINISHED = "\\ No newline at end of file"


@dataclass(frozen=True, slots=True)
class FileEdit:
    """A file's text before and after."""

    path: Path
    """The file."""
    name: str
    """Its path in the project, with slashes."""
    before: str | None
    """Its text; None if there is no such file yet."""
    after: str
    """The text that it gets."""

    def diff(self) -> str:
        """Return what changes, as `git apply` and `patch` read it in the project's folder."""
        old, new = _lines(self.before or ""), _lines(self.after)
        source = f"a/{self.name}" if self.before is not None else "/dev/null"
        rows = unified_diff(old, new, source, f"b/{self.name}")
        return "".join(row if row.endswith("\n") else f"{row}\n{_UNFINISHED}\n" for row in rows)

    def refuse_changed(self) -> None:
        """Raise CommandError if the file is no longer what it was when it was read."""
        current = read_source(self.path) if self.path.exists() else None
        if current != self.before:
            raise CommandError(f"{self.path}: has been changed meanwhile; nothing was edited")

    def write(self) -> None:
        """Put the new text in place in one step, with the byte order mark that the file had. A
        link stays one. Raises CommandError."""
        try:
            path = self.path.resolve()
            path.parent.mkdir(parents=True, exist_ok=True)
            exists = path.exists()
            mark = codecs.BOM_UTF8 if exists and _is_marked(path) else b""
            with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
                part = Path(file.name)
                file.write(mark + self.after.encode())
            shutil.copymode(path, part) if exists else part.chmod(0o644)
            part.replace(path)
        except OSError as error:
            reason = error.strerror or str(error)
            raise CommandError(f"{self.path}: cannot be written: {reason}") from None


def file_edits(proposal: Proposal, document: CliDocument) -> list[FileEdit]:
    """Return the edits of a proposal for a document: its own first, then those of other files.
    Raises CommandError if one of these cannot be read."""
    edits = []
    if proposal.changes:
        after = changed(document.source, proposal.changes)
        edits.append(FileEdit(document.file, document.limits.path, document.source, after))
    for file in proposal.files:
        path = (document.limits.workspace or document.file.parent) / file.path
        before = read_source(path) if path.exists() else None
        edits.append(FileEdit(path, file.path, before, (before or "") + file.text))
    return edits


def changed(source: str, changes: Sequence[Change]) -> str:
    """Return a text after changes that do not overlap."""
    for change in sorted(changes, key=lambda change: change.start, reverse=True):
        source = source[: change.start] + change.text + source[change.end :]
    return source


def _is_marked(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(codecs.BOM_UTF8)) == codecs.BOM_UTF8


def _lines(text: str) -> list[str]:
    """Return the lines of a text with their ends; a carriage return belongs to its line."""
    lines = [f"{line}\n" for line in text.split("\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]
