"""Snippets of the places that the user lately opened, edited or left: context for completions."""

from __future__ import annotations

from collections.abc import Sequence

from code_checks.hole import Hole
from ensemble.prompts.context.retrieval import ChunkRing
from ensemble.request import Chunk
from lsp_server.documents.document import Document, Edit
from lsp_server.settings.folders import Folders

_LINES = 64
_FAR = 32
"""How many lines away from the last edit a new one is elsewhere."""


class RecentEdits:
    """Keeps the surroundings of the places that were opened, edited, left or saved."""

    def __init__(self, folders: Folders) -> None:
        self._ring = ChunkRing()
        self._folders = folders
        self._lines: dict[str, int] = {}

    @property
    def chunks(self) -> Sequence[Chunk]:
        """The pieces, the oldest first."""
        return self._ring.chunks

    def opened(self, document: Document) -> None:
        """Keep the beginning of a document."""
        self.visited(document)

    def visited(self, document: Document) -> None:
        """Keep what stands around the last edit of a document, or its beginning."""
        name = self._visible_path(document)
        if name is None:
            return
        line = self._lines.get(document.uri, 0)
        first = max(0, min(line - _LINES // 2, len(document.lines) - _LINES))
        text = "".join(document.lines[first : first + _LINES])
        if text.strip():
            self._ring = self._ring.add(Chunk(name, document.language, text, first))

    def edited(self, document: Document, edits: Sequence[Edit]) -> None:
        """Note where an edit was made; if it was far from the last, keep what was left behind."""
        lines = [edit.start.line for edit in edits if edit.start is not None]
        if not lines:
            return
        if abs(lines[-1] - self._lines.get(document.uri, lines[-1])) > _FAR:
            self.visited(document)
        self._lines[document.uri] = lines[-1]

    def closed(self, document: Document) -> None:
        """Forget where in a document the last edit was."""
        self._lines.pop(document.uri, None)

    def forget(self) -> None:
        """Forget everything, because other files may be seen now."""
        self._ring = ChunkRing()

    def _visible_path(self, document: Document) -> str | None:
        """Return the path by which a model may know a document, None if it must not see it."""
        folder = self._folders.of(document.governing_file)
        if folder.refusal(document.governing_file, Hole(document.language, "", "")):
            return None
        return folder.relative(document.file)
