"""The language server: who is told what. Handlers take a snapshot, make one call and convert."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import msgspec
from pygls.lsp.server import LanguageServer

from lsp_server.answers.answer_cache import Offer
from lsp_server.answers.backend import Backend, Builder
from lsp_server.answers.build_engines import build_engines
from lsp_server.answers.request_limits import RequestLimits
from lsp_server.answers.session import Session
from lsp_server.answers.sessions import Sessions
from lsp_server.answers.snapshot import Snapshot
from lsp_server.answers.status import Status
from lsp_server.code_actions.runner import ActionRunner
from lsp_server.code_actions.why import Reasons
from lsp_server.documents.notebooks import Notebooks
from lsp_server.documents.recent_edits import RecentEdits
from lsp_server.feedback.learning import learn_if_due
from lsp_server.feedback.recorder import OutcomeRecorder
from lsp_server.protocol import convert
from lsp_server.protocol.client import Client
from lsp_server.protocol.progress import show_loading
from lsp_server.protocol.protocol import NOTEBOOK_SYNC, CoterieProtocol
from lsp_server.settings.folders import Folders

_log = logging.getLogger(__name__)

STATUS = "coterie/status"
UPGRADED = "coterie/suggestionUpgraded"


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
            "coterie",
            _version(),
            notebook_document_sync=NOTEBOOK_SYNC,
            protocol_cls=CoterieProtocol,
        )
        self.client = Client(self)
        self.folders = Folders()
        self.backend = Backend(build, self.publish)
        self.sessions = Sessions(self.backend.tasks, self._upgraded)
        self.notebooks = Notebooks(self.sessions.documents)
        self.recent_edits = RecentEdits(self.folders)
        self.outcomes = OutcomeRecorder(self.folders)
        self.action_runner = ActionRunner(
            self.client, self.sessions, self.folders, self.notebooks, self.recent_edits,
            lambda: self.backend.completer,
        )  # fmt: skip
        self.sessions.observers += [self.recent_edits, self.outcomes, self.action_runner]
        self.reasons = Reasons(self.client, self.sessions)
        self.stopped = asyncio.Event()
        self._published: Status | None = None
        self.protocol.receiver = self

    # Answers.

    async def answer(self, session: Session, snapshot: Snapshot) -> tuple[Offer, str]:
        """Answer a request within the limits of the document's folder.

        Return the offer and its name, by which the client says what became of it.
        """
        began, document = asyncio.get_running_loop().time(), session.document
        folder = self.folders.of(document.governing_file)
        limits = RequestLimits.of(folder, document.file, self.recent_edits.beside(document))
        if document.file is None:
            limits = replace(limits, around=self.notebooks.around(document))
        refusal = self.outcomes.refusal(snapshot)
        refusal = refusal or folder.refusal(document.governing_file, snapshot.hole)
        found = await session.answer(snapshot, limits, refusal)
        offer, name = self.outcomes.welcome(snapshot, found), self.client.new_name()
        session.last = offer.answer
        seconds = asyncio.get_running_loop().time() - began
        self.outcomes.offered(name, snapshot, offer, seconds)
        return offer, name

    def _upgraded(self, snapshot: Snapshot, offer: Offer) -> None:
        offer = self.outcomes.welcome(snapshot, offer)
        if not offer.answer.completions:
            return
        name = self.client.new_name()
        self.outcomes.upgraded(name, snapshot.uri, offer.answer.completions)
        self.client.notify(UPGRADED, convert.upgrade_params(snapshot, offer, name))

    # Settings.

    def configure(self) -> None:
        """Use the settings as they are now, and say what is wrong with them."""
        self.recent_edits.forget()
        self.backend.tasks.answer_cache.clear()
        loading = self.backend.configure(self.folders.base)
        if loading is not None:
            models = self.backend.models
            self.client.background(show_loading(self.client, loading, lambda: models.fraction))
        self.client.warn_once(self.folders.messages)

    async def learn(self) -> None:
        """Have the router learn from what became of suggestions; it is used from the next start."""
        await asyncio.to_thread(learn_if_due, self.folders.base)

    async def pull_settings(self) -> None:
        """Ask the client for its folders' settings, which may only tighten the user's."""
        self.folders.take_options(await self.client.settings_of(self.folders.uris))
        self.configure()

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

    # Life and death.

    def cancelled(self, request: int | str) -> None:
        """Note that the client has cancelled a request."""
        self.action_runner.cancel(request)

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
