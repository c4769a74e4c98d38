"""Snippets of the places that the user lately opened, edited or left: context for completions.

They follow their documents: no snippet says what a document or a file has no longer.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from code_checks.hole import Hole
from ensemble.prompts.context.retrieval import ChunkRing
from ensemble.prompts.window import with_line_feeds
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
        self._owners: dict[Chunk, str] = {}
        self._open: dict[str, Document] = {}
        self._files: dict[str, Path] = {}
        self._changed: set[str] = set()
        self._found: dict[Chunk, tuple[int, int]] = {}

    def beside(self, document: Document) -> Sequence[Chunk]:
        """Return the pieces of other documents as they are now, the oldest first."""
        self._follow()
        chunks = self._ring.chunks
        return tuple(chunk for chunk in chunks if self._owners[chunk] != document.uri)

    def opened(self, document: Document) -> None:
        """Keep the beginning of a document."""
        self._open[document.uri] = document
        # One that was open before may have been changed meanwhile.
        self._changed.add(document.uri)
        if document.file is not None and document.file.exists():
            self._files[document.uri] = document.file
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
            if document.file is not None and document.file.exists():
                self._files[document.uri] = document.file
            self._add(Chunk(name, document.language, text, first), document.uri)

    def edited(self, document: Document, edits: Sequence[Edit]) -> None:
        """Note where an edit was made; if it was far from the last, keep what was left behind."""
        self._changed.add(document.uri)
        lines = [edit.start.line for edit in edits if edit.start is not None]
        if not lines:
            return
        if abs(lines[-1] - self._lines.get(document.uri, lines[-1])) > _FAR:
            self.visited(document)
        self._lines[document.uri] = lines[-1]

    def closed(self, document: Document) -> None:
        """Forget where in a document the last edit was. Its pieces are now those of its file."""
        self._follow()
        self._lines.pop(document.uri, None)
        self._open.pop(document.uri, None)

    def forget(self) -> None:
        """Forget everything, because other files may be seen now."""
        self._ring = ChunkRing()
        self._owners.clear()

    def _add(self, chunk: Chunk, uri: str) -> None:
        self._ring = self._ring.add(chunk)
        newest = self._ring.chunks[-1]
        self._owners = {each: self._owners.get(each, uri) for each in self._ring.chunks}
        self._owners[newest] = uri

    def _follow(self) -> None:
        """Have every piece say what stands in its document now, or in the file of a closed one."""
        followed: dict[Chunk, str] = {}
        for chunk in self._ring.chunks:
            uri = self._owners[chunk]
            now = self._in_document(chunk, self._open[uri]) if uri in self._open else None
            if uri not in self._open and self._is_in_file(chunk, uri):
                now = chunk
            if now is not None:
                followed.setdefault(now, uri)
        self._changed.clear()
        self._ring, self._owners = ChunkRing(tuple(followed)), followed
        self._found = {chunk: self._found[chunk] for chunk in followed if chunk in self._found}

    def _in_document(self, chunk: Chunk, document: Document) -> Chunk | None:
        """Return a piece as it is now in its open document; None if its file is gone."""
        file = self._files.get(document.uri)
        if file is not None and not file.exists():
            return None
        if document.uri not in self._changed or chunk.text in with_line_feeds(document.text):
            return chunk
        count = chunk.text.count("\n") + 1
        lines = document.lines[chunk.first_line : chunk.first_line + count]
        text = with_line_feeds("".join(lines)).removesuffix("\n")
        return Chunk(chunk.path, chunk.language, text, chunk.first_line) if text.strip() else None

    def _is_in_file(self, chunk: Chunk, uri: str) -> bool:
        """Tell whether a piece of a closed document stands in its file, read again if changed."""
        file = self._files.get(uri)
        if file is None:
            return False
        try:
            status = file.stat()
            state = (status.st_mtime_ns, status.st_size)
            if self._found.get(chunk) != state:
                text = file.read_text(encoding="utf-8", errors="replace")
                if chunk.text not in with_line_feeds(text):
                    return False
        except OSError:
            return False
        self._found[chunk] = state
        return True

    def _visible_path(self, document: Document) -> str | None:
        """Return the path by which a model may know a document, None if it must not see it."""
        folder = self._folders.of(document.governing_file)
        if folder.refusal(document.governing_file, Hole(document.language, "", "")):
            return None
        return folder.relative(document.file)
