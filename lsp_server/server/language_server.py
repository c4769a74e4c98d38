"""The language server: who is told what. Handlers take a snapshot, make one call and convert."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from itertools import count
from typing import Any

import msgspec
from lsprotocol import types
from pygls.lsp.server import LanguageServer

from code_checks.hole import Hole
from lsp_server.answers.answer_cache import Offer
from lsp_server.answers.backend import Backend, Builder
from lsp_server.answers.build_engines import build_engines
from lsp_server.answers.request_limits import RequestLimits
from lsp_server.answers.session import Session
from lsp_server.answers.snapshot import Snapshot
from lsp_server.answers.status import Status
from lsp_server.code_actions.runner import ActionRunner
from lsp_server.code_actions.why import Reasons
from lsp_server.documents.document import Document
from lsp_server.documents.notebooks import SYNC, Notebooks
from lsp_server.documents.recent_edits import RecentEdits
from lsp_server.feedback.learning import learn_if_due
from lsp_server.feedback.recorder import OutcomeRecorder
from lsp_server.protocol import convert
from lsp_server.protocol.protocol import CoterieProtocol
from lsp_server.settings.folders import Folders

_log = logging.getLogger(__name__)

STATUS = "coterie/status"
UPGRADED = "coterie/suggestionUpgraded"
_PROGRESS_SECONDS = 0.2


def _version() -> str:
    try:
        return version("coterie")
    except PackageNotFoundError:
        return "0"


class CoterieServer(LanguageServer):
    """One client's server: its documents and sessions, its folders, and the models behind them."""

    protocol: CoterieProtocol

    def __init__(self, build: Builder = build_engines) -> None:
        super().__init__(
            "coterie", _version(), notebook_document_sync=SYNC, protocol_cls=CoterieProtocol
        )
        self.sessions: dict[str, Session] = {}
        self.folders = Folders()
        self.notebooks = Notebooks(self)
        self.attention = RecentEdits(self._visible_name)
        self.backend = Backend(build, self.publish)
        self.desk = ActionRunner(self)
        self.reasons = Reasons(self)
        self.outcomes = OutcomeRecorder(self.folders)
        self.stopped = asyncio.Event()
        self._identifiers = count(1)
        self._tasks: set[asyncio.Task[None]] = set()
        self._told: set[str] = set()
        self._published: Status | None = None

    # Documents. These are called by the protocol, synchronously, in the order of the messages.

    def opened(self, params: types.DidOpenTextDocumentParams) -> None:
        item = params.text_document
        document = Document(
            item.uri,
            item.text,
            language=item.language_id,
            version=item.version,
            encoding=convert.encoding_of(self.server_capabilities.position_encoding),
        )
        self._forget(item.uri)
        self.sessions[item.uri] = Session(document, self.backend.bench, self._upgraded)
        self.attention.visited(document)
        self.outcomes.opened(document)

    def changed(self, params: types.DidChangeTextDocumentParams) -> None:
        session = self.sessions.get(params.text_document.uri)
        if session is None:
            _log.warning("a document was changed that is not open")
            return
        self.desk.changed(params.text_document.uri)
        edits = convert.edits_of(params.content_changes)
        session.document.apply(edits, params.text_document.version)
        self.attention.edited(session.document, edits)
        self.outcomes.edited(session.document, edits)

    def closed(self, params: types.DidCloseTextDocumentParams) -> None:
        self._forget(params.text_document.uri)

    def visited(self, uri: str) -> None:
        """Note that the user has saved a document or turned to it."""
        if (session := self.sessions.get(uri)) is not None:
            self.attention.visited(session.document)

    def _forget(self, uri: str) -> None:
        self.outcomes.forgotten(uri)
        session = self.sessions.pop(uri, None)
        self.desk.changed(uri)
        if session is not None:
            session.close()
            self.attention.closed(session.document)

    def _visible_name(self, uri: str) -> str | None:
        """Return the name by which a model may know a document, None if it must not see it."""
        session, place = self.sessions[uri], convert.governing_path_of(uri)
        folder = self.folders.of(place)
        if folder.refusal(place, Hole(session.document.language, "", "")):
            return None
        return folder.relative(convert.path_of(uri))

    # Answers.

    async def answer(self, session: Session, question: Snapshot) -> tuple[Offer, str]:
        """Answer a question within the limits of the document's folder.

        Return the offer and its name, by which the client says what became of it.
        """
        began = asyncio.get_running_loop().time()
        place, file = convert.governing_path_of(question.uri), convert.path_of(question.uri)
        folder, packages = self.folders.of(place), self.folders.base.tests_packages
        limits = replace(
            RequestLimits.of(folder, file, packages, self.attention.chunks),
            around=self.notebooks.around(session.document) if file is None else ("", ""),
            refusal=self.outcomes.silence(question) or folder.refusal(place, question.hole),
        )
        offer, name = await session.answer(question, limits), str(next(self._identifiers))
        seconds = asyncio.get_running_loop().time() - began
        self.outcomes.offered(name, question, offer, seconds)
        return offer, name

    def _upgraded(self, question: Snapshot, offer: Offer) -> None:
        name = str(next(self._identifiers))
        self.outcomes.upgraded(name, question.uri, offer.answer.completions)
        self.protocol.notify(UPGRADED, convert.upgrade_params(question, offer, name))

    # Settings.

    def configure(self) -> None:
        """Use the settings as they are now, and say what is wrong with them."""
        self.attention.forget()
        self.backend.bench.memory.clear()
        loading = self.backend.configure(self.folders.base)
        if loading is not None:
            self.background(self._show_progress(loading))
        self.tell(self.folders.messages)

    async def learn(self) -> None:
        """Have the router learn from what became of suggestions; it is used from the next start."""
        await asyncio.to_thread(learn_if_due, self.folders.base)

    async def pull_settings(self) -> None:
        """Ask the client for its folders' settings, which may only tighten the user's."""
        workspace = self.client_capabilities.workspace
        if workspace is not None and workspace.configuration:
            scopes = [None, *self.folders.uris]
            items = [types.ConfigurationItem(scope_uri=uri, section="coterie") for uri in scopes]
            params = types.ConfigurationParams(items=items)
            values = await self.workspace_configuration_async(params)
            self.folders.take_options(dict(zip(scopes, values, strict=False)))
        self.configure()

    def tell(self, messages: tuple[str, ...]) -> None:
        """Show each message once."""
        for message in messages:
            if message not in self._told:
                self._told.add(message)
                kind = types.MessageType.Warning
                self.window_show_message(types.ShowMessageParams(type=kind, message=message))

    # Status.

    def publish(self) -> None:
        """Tell the client the status, if it is another than before."""
        status = self.backend.status
        if status == self._published or self.stopped.is_set():
            return
        if status.remedy and (self._published is None or self._published.message != status.message):
            _log.warning("%s", status.message)
            self.window_log_message(
                types.LogMessageParams(type=types.MessageType.Warning, message=status.message)
            )
        self._published = status
        self.protocol.notify(STATUS, msgspec.to_builtins(status))

    def new_token(self) -> str:
        """Return a name for a progress that the client has not seen yet."""
        return f"coterie-{next(self._identifiers)}"

    async def _show_progress(self, loading: asyncio.Task[None]) -> None:
        window = self.client_capabilities.window
        if window is None or not window.work_done_progress:
            return
        token = self.new_token()
        await self.work_done_progress.create_async(token)
        begin = types.WorkDoneProgressBegin(title="Coterie: loading models", percentage=0)
        self.work_done_progress.begin(token, begin)
        while not loading.done():
            await asyncio.wait([loading], timeout=_PROGRESS_SECONDS)
            percentage = int(self.backend.models.fraction * 100)
            report = types.WorkDoneProgressReport(percentage=percentage)
            self.work_done_progress.report(token, report)
        self.work_done_progress.end(token, types.WorkDoneProgressEnd())

    # Life and death.

    def background(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something beside the messages; what goes wrong in it is logged."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("a background task failed", exc_info=error)

    def stop(self) -> None:
        """Have the server end."""
        self.stopped.set()

    async def close(self) -> None:
        """End everything that this server has started."""
        self.stopped.set()
        for task in list(self._tasks):
            task.cancel()
        for uri in list(self.sessions):
            self._forget(uri)
        await self.desk.close()
        self.reasons.close()
        await self.outcomes.close()
        await self.backend.close()

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Log it: a popup with an internal error helps nobody who is typing."""
        _log.error("%s", error)
