"""Why this suggestion? The trace of a document's last answer, as something to read."""

from __future__ import annotations

import asyncio
import logging
import shutil
import tempfile
from pathlib import Path

from pygls.uris import from_fs_path

from ensemble.trace.trace import Answer
from lsp_server.answers.sessions import Sessions
from lsp_server.protocol.client import Client

_log = logging.getLogger(__name__)
_FILE = "why-this-suggestion.txt"
_NOTHING = "There has been no suggestion in this document yet."


class Reasons:
    """Shows the client why, in a file of its own that nobody can write to.

    The files lie in a folder that only this user may enter, and go with the server.
    """

    def __init__(self, client: Client, sessions: Sessions) -> None:
        self._client = client
        self._sessions = sessions
        self._folder: Path | None = None
        self._count = 0

    async def show(self, uri: str) -> str:
        """Return the reasons for a document's last suggestion; have the client open them, if it
        can."""
        session = self._sessions.get(uri)
        if session is None or session.last is None:
            self._client.show(_NOTHING)
            return _NOTHING
        text = readable(session.last, Path(uri).name)
        window = self._client.capabilities.window
        if window is not None and window.show_document is not None:
            await self._open(text)
        return text

    async def _open(self, text: str) -> None:
        path = await asyncio.to_thread(self._written, text)
        target = from_fs_path(str(path))
        assert target is not None, "an absolute path has a URI"
        if not await self._client.open(target):
            _log.warning("the client could not show %s", path)

    def _written(self, text: str) -> Path:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="coterie-"))
        self._count += 1
        folder = self._folder / str(self._count)
        folder.mkdir()
        path = folder / _FILE
        path.write_text(text, encoding="utf-8")
        path.chmod(0o400)
        return path

    def close(self) -> None:
        """Remove the files."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


def readable(answer: Answer, name: str) -> str:
    """Return an answer and the steps that led to it as lines of text."""
    # What lays text out for terminals is loaded by those who want to see a trace.
    from lsp_server.answers.trace_text import story  # noqa: PLC0415

    shown = "\n\n".join(
        f"{completion.text}\n  ({completion.model}, {completion.share:.0%} of the votes)"
        for completion in answer.completions
    )
    return f"Why Coterie suggested this in {name}\n\n{shown or 'Nothing was shown.'}\n\n" + (
        f"{story(answer).plain}\n"
    )
