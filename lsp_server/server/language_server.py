"""The language server: who is told what. Handlers take a snapshot, make one call and convert."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
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
from lsp_server.answers.sessions import Observer, Sessions
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
from lsp_server.protocol.client import Client
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
        self.client = Client(self)
        self.folders = Folders()
        self.backend = Backend(build, self.publish)
        self.recent_edits = RecentEdits(self._visible_name)
        self.outcomes = OutcomeRecorder(self.folders)
        self.notebooks = Notebooks(self, self._documents)
        observers: list[Observer] = [self.recent_edits, self.outcomes]
        self.sessions = Sessions(self.backend.tasks, self._upgraded, observers)
        self.action_runner = ActionRunner(
            self.client, self.sessions, self.folders, self.notebooks,
            lambda: self.recent_edits.chunks, lambda: self.backend.completer,
        )  # fmt: skip
        observers.append(self.action_runner)
        self.reasons = Reasons(self.client, self.sessions)
        self.stopped = asyncio.Event()
        self._told: set[str] = set()
        self._published: Status | None = None

    # Documents. These are called by the protocol, synchronously, in the order of the messages.

    def opened(self, params: types.DidOpenTextDocumentParams) -> None:
        item = params.text_document
        encoding = convert.encoding_of(self.server_capabilities.position_encoding)
        self.sessions.open(
            Document(
                item.uri, item.text, language=item.language_id, version=item.version,
                encoding=encoding,
            )
        )  # fmt: skip

    def changed(self, params: types.DidChangeTextDocumentParams) -> None:
        document, edits = params.text_document, convert.edits_of(params.content_changes)
        if not self.sessions.edit(document.uri, edits, document.version):
            _log.warning("a document was changed that is not open")

    def closed(self, params: types.DidCloseTextDocumentParams) -> None:
        self.sessions.close(params.text_document.uri)

    def cancelled(self, request: int | str) -> None:
        """Note that the client has cancelled a request."""
        self.action_runner.cancel(request)

    def _documents(self) -> list[Document]:
        return [session.document for session in self.sessions.values()]

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
            RequestLimits.of(folder, file, packages, self.recent_edits.chunks),
            around=self.notebooks.around(session.document) if file is None else ("", ""),
            refusal=self.outcomes.silence(question) or folder.refusal(place, question.hole),
        )
        offer, name = await session.answer(question, limits), self.client.new_name()
        seconds = asyncio.get_running_loop().time() - began
        self.outcomes.offered(name, question, offer, seconds)
        return offer, name

    def _upgraded(self, question: Snapshot, offer: Offer) -> None:
        name = self.client.new_name()
        self.outcomes.upgraded(name, question.uri, offer.answer.completions)
        self.client.notify(UPGRADED, convert.upgrade_params(question, offer, name))

    # Settings.

    def configure(self) -> None:
        """Use the settings as they are now, and say what is wrong with them."""
        self.recent_edits.forget()
        self.backend.tasks.memory.clear()
        loading = self.backend.configure(self.folders.base)
        if loading is not None:
            self.client.background(self._show_progress(loading))
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
                self.client.show(message, types.MessageType.Warning)

    # Status.

    def publish(self) -> None:
        """Tell the client the status, if it is another than before."""
        status = self.backend.status
        if status == self._published or self.stopped.is_set():
            return
        if status.remedy and (self._published is None or self._published.message != status.message):
            _log.warning("%s", status.message)
            self.client.log(status.message)
        self._published = status
        self.client.notify(STATUS, msgspec.to_builtins(status))

    async def _show_progress(self, loading: asyncio.Task[None]) -> None:
        if not self.client.shows_progress:
            return
        token = self.client.new_token()
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

    def stop(self) -> None:
        """Have the server end."""
        self.stopped.set()

    async def close(self) -> None:
        """End everything that this server has started."""
        self.stopped.set()
        self.client.close()
        self.sessions.close_all()
        await self.action_runner.close()
        self.reasons.close()
        await self.outcomes.close()
        await self.backend.close()

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Log it: a popup with an internal error helps nobody who is typing."""
        _log.error("%s", error)
