"""pygls' protocol with our own documents, an answer to every request, and an orderly end."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Generator, Iterable, Sequence
from typing import Any, Protocol

from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams
from pygls.protocol import LanguageServerProtocol, lsp_method

from lsp_server.answers.sessions import Sessions
from lsp_server.documents.notebooks import Notebooks
from lsp_server.protocol import convert
from lsp_server.protocol.transport import BadHeader, read_message

_log = logging.getLogger(__name__)

_NOT_INITIALIZED = -32002
_INVALID_REQUEST = -32600
_METHOD_NOT_FOUND = -32601
_PARSE_ERROR = -32700


NOTEBOOK_SYNC = types.NotebookDocumentSyncOptions(
    # Whatever the kind of notebook, with its cells in whatever language.
    notebook_selector=[types.NotebookDocumentFilterWithNotebook(notebook="*")]
)


class Receiver(Protocol):
    """Who is told what no handler of pygls' kind may do: the server."""

    @property
    def sessions(self) -> Sessions: ...
    @property
    def notebooks(self) -> Notebooks: ...
    def cancelled(self, request: int | str) -> None: ...
    def stop(self) -> None: ...


class CoterieProtocol(LanguageServerProtocol):
    """Text documents are ours: pygls' also end lines at form feeds and the like, and would do the
    work of each keystroke a second time. They change in the order of the messages, and each change
    is done before the next message is looked at."""

    receiver: Receiver
    """The server, which says so when it has all its parts."""

    @lsp_method(types.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(self, params: types.DidOpenTextDocumentParams) -> None:
        self._open([params.text_document])

    @lsp_method(types.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: types.DidChangeTextDocumentParams) -> None:
        self._change(params.text_document, params.content_changes)

    @lsp_method(types.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(self, params: types.DidCloseTextDocumentParams) -> None:
        self._close([params.text_document])

    @lsp_method(types.NOTEBOOK_DOCUMENT_DID_OPEN)
    def lsp_notebook_document__did_open(self, params: types.DidOpenNotebookDocumentParams) -> None:
        notebook = params.notebook_document
        self.receiver.notebooks.open(notebook.uri, [cell.document for cell in notebook.cells])
        self._open(params.cell_text_documents)

    @lsp_method(types.NOTEBOOK_DOCUMENT_DID_CHANGE)
    def lsp_notebook_document__did_change(
        self, params: types.DidChangeNotebookDocumentParams
    ) -> None:
        cells = params.change.cells
        if cells is None:
            return
        if cells.structure is not None:
            uri, array = params.notebook_document.uri, cells.structure.array
            added = [cell.document for cell in array.cells or ()]
            self.receiver.notebooks.rearrange(uri, array.start, array.delete_count, added)
            self._open(cells.structure.did_open or ())
            self._close(cells.structure.did_close or ())
        for content in cells.text_content or ():
            self._change(content.document, content.changes)

    @lsp_method(types.NOTEBOOK_DOCUMENT_DID_CLOSE)
    def lsp_notebook_document__did_close(
        self, params: types.DidCloseNotebookDocumentParams
    ) -> None:
        self.receiver.notebooks.close(params.notebook_document.uri)
        self._close(params.cell_text_documents)

    def _open(self, items: Iterable[types.TextDocumentItem]) -> None:
        encoding = self.server_capabilities.position_encoding
        for item in items:
            self.receiver.sessions.open(convert.document_of(item, encoding))

    def _change(
        self,
        document: types.VersionedTextDocumentIdentifier,
        changes: Sequence[types.TextDocumentContentChangeEvent],
    ) -> None:
        edits = convert.edits_of(changes)
        self.receiver.sessions.edit(document.uri, edits, document.version)

    def _close(self, identifiers: Iterable[types.TextDocumentIdentifier]) -> None:
        for identifier in identifiers:
            self.receiver.sessions.close(identifier.uri)

    @lsp_method(types.EXIT)
    def lsp_exit(self, *args: object) -> Generator[Any, Any, None]:
        """End the loop that reads messages; pygls would leave from inside a callback."""
        self.receiver.stop()
        yield from ()  # pygls' own is a generator that calls further handlers.

    @property
    def shut_down(self) -> bool:
        """Whether the client has sent `shutdown`."""
        return self._shutdown

    async def run(self, reader: asyncio.StreamReader) -> None:
        """Handle messages until there are no more."""
        while True:
            try:
                body = await read_message(reader)
            except BadHeader as error:
                _log.error("the client does not speak the protocol: %s", error)
                return
            if body is None:
                return
            self.receive(body)
            # A handler begins, and takes its snapshot, before the next message changes anything.
            await asyncio.sleep(0)

    def receive(self, body: bytes) -> None:
        """Handle one message. Whatever is wrong with it, a request gets an answer."""
        try:
            data = json.loads(body)
        except ValueError:
            _log.warning("a message is not JSON")
            self._refuse(None, _PARSE_ERROR, "the message is not JSON")
            return
        if not isinstance(data, dict):
            self._refuse(None, _INVALID_REQUEST, "the message is not an object")
            return
        if refusal := self._refusal(data):
            self._refuse(data["id"], *refusal)
            return
        try:
            self.handle_message(self.structure_message(data))
        except JsonRpcException as error:
            self._not_understood(data, error)
        except Exception:
            _log.exception("a message could not be handled: %s", data.get("method"))

    def _handle_cancel_notification(self, msg_id: int | str) -> None:
        # pygls answers a cancelled command at once, but lets what it has begun run on.
        self.receiver.cancelled(msg_id)
        super()._handle_cancel_notification(msg_id)

    def _refusal(self, data: dict[str, Any]) -> tuple[int, str] | None:
        """Return why a request cannot be handled now or at all, if so."""
        method = data.get("method")
        if method is None or "id" not in data:
            return None
        if self.shut_down:
            return _INVALID_REQUEST, "the server is shutting down"
        if self._workspace is None and method != types.INITIALIZE:
            return _NOT_INITIALIZED, "the server is not initialized"
        if method not in self.fm.builtin_features and method not in self.fm.features:
            return _METHOD_NOT_FOUND, f"there is no {method}"
        return None

    def _not_understood(self, data: dict[str, Any], error: JsonRpcException) -> None:
        if "id" in data and "method" in data:
            self._refuse(data["id"], JsonRpcInvalidParams.CODE, f"{data['method']}: {error}")
        else:
            _log.warning("a message was not understood: %s", data.get("method"))

    def _refuse(self, identifier: int | str | None, code: int, message: str) -> None:
        # Written out, because the protocol's own type cannot say that there is no identifier.
        self._send_data(
            {"jsonrpc": "2.0", "id": identifier, "error": {"code": code, "message": message}}
        )
