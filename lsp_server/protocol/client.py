"""What is said to the client beside the answers that it waits for."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Iterable, Sequence
from itertools import count
from typing import Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.progress import Progress as WorkDoneProgress

_log = logging.getLogger(__name__)


class Client:
    """The editor at the other end, and the tasks that talk to it beside the messages."""

    def __init__(self, server: LanguageServer) -> None:
        self._server = server
        self._identifiers = count(1)
        self._warned: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def capabilities(self) -> types.ClientCapabilities:
        """What it said that it can do."""
        return self._server.client_capabilities

    @property
    def shows_progress(self) -> bool:
        """Whether it shows how far long work is."""
        window = self.capabilities.window
        return bool(window and window.work_done_progress)

    @property
    def request_id(self) -> int | str | None:
        """The identifier of the request that is being handled."""
        identifier: int | str | None = self._server.protocol.msg_id
        return identifier

    @property
    def progress(self) -> WorkDoneProgress:
        """Its progress bars, by token."""
        return self._server.work_done_progress

    def new_name(self) -> str:
        """Return a name that the client has not been given yet."""
        return str(next(self._identifiers))

    def new_token(self) -> str:
        """Return a name for a progress that the client has not seen yet."""
        return f"coterie-{self.new_name()}"

    def show(self, message: str, kind: types.MessageType = types.MessageType.Info) -> None:
        """Have the client show a message to people."""
        self._server.window_show_message(types.ShowMessageParams(type=kind, message=message))

    def warn_once(self, messages: Iterable[str]) -> None:
        """Have the client show each warning that it has not shown yet."""
        for message in messages:
            if message not in self._warned:
                self._warned.add(message)
                self.show(message, types.MessageType.Warning)

    def log(self, message: str, kind: types.MessageType = types.MessageType.Warning) -> None:
        """Have the client write a message to its log."""
        self._server.window_log_message(types.LogMessageParams(type=kind, message=message))

    async def settings_of(self, folders: Sequence[str]) -> dict[str | None, object]:
        """Return what the client says of each folder's settings, under None of all of them;
        nothing if it is none that can be asked."""
        workspace = self.capabilities.workspace
        if workspace is None or not workspace.configuration:
            return {}
        scopes = [None, *folders]
        items = [types.ConfigurationItem(scope_uri=uri, section="coterie") for uri in scopes]
        params = types.ConfigurationParams(items=items)
        values = await self._server.workspace_configuration_async(params)
        return dict(zip(scopes, values, strict=False))

    def notify(self, method: str, params: object) -> None:
        """Send a notification."""
        self._server.protocol.notify(method, params)

    async def apply(self, edit: types.WorkspaceEdit, label: str) -> types.ApplyWorkspaceEditResult:
        """Have the client make an edit; return whether it did."""
        params = types.ApplyWorkspaceEditParams(edit=edit, label=label)
        return await self._server.workspace_apply_edit_async(params)

    async def open(self, uri: str) -> bool:
        """Have the client open a document, and tell whether it did."""
        params = types.ShowDocumentParams(uri=uri, take_focus=True)
        return (await self._server.window_show_document_async(params)).success

    def background(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something beside the messages; what goes wrong in it is logged."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def close(self) -> None:
        """End what runs beside the messages."""
        for task in list(self._tasks):
            task.cancel()

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("a background task failed", exc_info=error)
