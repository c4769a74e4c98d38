"""Where actions are ordered, one at a time for each document.

What is ordered runs in a task of its own, so that whoever may end it can:
the client by cancelling the request or its progress, a newer order, a change of the document, the
end of the server. Whatever ends it ends its models and its sandboxes, and nothing is edited.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from lsprotocol import types
from msgspec.structs import replace

from ensemble.cascade.completer import Completer
from ensemble.code_actions.proposal import ActionRequest, Proposal
from ensemble.trace.trace import Journal, Step
from lsp_server.answers.request_limits import RequestLimits
from lsp_server.answers.session import Session
from lsp_server.answers.sessions import Sessions
from lsp_server.code_actions.carry_out import carry_out
from lsp_server.code_actions.catalog import Action, action_named
from lsp_server.code_actions.edits import EditCapabilities, workspace_edit
from lsp_server.code_actions.offers import ActionData, ActionOffers, action_data_of
from lsp_server.documents.document import Document, Edit
from lsp_server.documents.notebooks import Notebooks
from lsp_server.documents.recent_edits import RecentEdits
from lsp_server.protocol.client import Client
from lsp_server.protocol.progress import Progress
from lsp_server.settings.folders import Folders

_CHANGED = "The document has been changed meanwhile: nothing was edited."


class ActionRunner:
    """The actions of one client's server."""

    def __init__(
        self,
        client: Client,
        sessions: Sessions,
        folders: Folders,
        notebooks: Notebooks,
        recent_edits: RecentEdits,
        completer: Callable[[], Completer],
    ) -> None:
        self.offers = ActionOffers(client, sessions, folders)
        self._client = client
        self._sessions = sessions
        self._folders = folders
        self._notebooks = notebooks
        self._recent_edits = recent_edits
        self._completer = completer
        self._tasks: dict[str, asyncio.Task[Proposal]] = {}
        """What is under way for each document, by its URI."""
        self._tasks_by_request: dict[int | str, asyncio.Task[Proposal]] = {}
        self._outdated: set[asyncio.Task[Proposal]] = set()
        """What is given up because its document has been changed."""

    # Ordering.

    async def resolve(self, action: types.CodeAction) -> types.CodeAction:
        """Do the work of an action; return it with the edit, or without if there is none."""
        action_data = action_data_of(action.data)
        if action_data is not None and action.edit is None:
            found = await self._edit_of(action_data)
            if found is not None:
                action.edit = found
        return action

    async def run(self, data: Any) -> None:
        """Do the work of an action and have the client apply it."""
        action_data = action_data_of(data)
        if action_data is None:
            return
        try:
            edit = await self._edit_of(action_data)
        except asyncio.CancelledError:
            # The request may not have been cancelled itself, and then it wants an answer.
            return
        if edit is not None:
            action = action_named(action_data.action)
            label = action.title if action is not None else ""
            result = await self._client.apply(edit, label)
            if not result.applied:
                self._say(result.failure_reason or _CHANGED, types.MessageType.Warning)

    def cancel(self, identifier: int | str) -> None:
        """Cancel what a request has ordered. The protocol does that only for simple handlers."""
        if (task := self._tasks_by_request.get(identifier)) is not None:
            task.cancel()

    def opened(self, document: Document) -> None:
        """Give up what was ordered for a document before it was opened anew."""
        self._give_up(document.uri)

    def edited(self, document: Document, edits: Sequence[Edit]) -> None:
        """Give up what was ordered for a document as it no longer is."""
        self._give_up(document.uri)

    def visited(self, document: Document) -> None:
        """Nothing: looking at a document changes nothing in it."""

    def closed(self, document: Document) -> None:
        """Give up what was ordered for a document that is open no longer."""
        self._give_up(document.uri)

    def _give_up(self, uri: str) -> None:
        if (task := self._tasks.get(uri)) is not None:
            self._outdated.add(task)
            task.cancel()

    async def close(self) -> None:
        """Cancel everything and wait until it has ended."""
        await _ended(self._tasks.values())

    async def _edit_of(self, action_data: ActionData) -> types.WorkspaceEdit | None:
        """Return the edit that comes of an action. Raises CancelledError if it was cancelled."""
        session, action = self._sessions.get(action_data.uri), action_named(action_data.action)
        if session is None or action is None:
            return None
        if session.document.version != action_data.version:
            self._say(_CHANGED)
            return None
        request = self._request_at(session.document, action_data)
        if request is None:
            return None
        proposal = await self._proposal(session, action, request)
        if proposal is None:
            return None
        current = self._sessions.get(action_data.uri)
        if current is not session or session.document.version != action_data.version:
            # It was changed after the work was done, and before its result got here.
            self._say(_CHANGED)
            return None
        session.last = proposal.answer
        return self._delivered(session, proposal, request)

    async def _proposal(
        self, session: Session, action: Action, request: ActionRequest
    ) -> Proposal | None:
        """Have the work done; None if the document was changed meanwhile."""
        uri, identifier = session.document.uri, self._client.request_id
        progress: Progress | None = None

        def listen(step: Step) -> None:
            if progress is not None:
                progress.listen(step)

        earlier = self._tasks.get(uri)
        if earlier is not None:
            earlier.cancel()
        task = asyncio.create_task(self._work(action, request, Journal(listener=listen), earlier))
        self._tasks[uri] = task
        if identifier is not None:
            self._tasks_by_request[identifier] = task
        progress = Progress(self._client, action.name_for_people, task.cancel)
        said = "cancelled"
        try:
            proposal = await task
            said = proposal.detail
            return proposal
        except asyncio.CancelledError:
            await _ended([task])
            if task in self._outdated:
                self._say(_CHANGED)
                return None
            raise
        finally:
            progress.end(said)
            self._outdated.discard(task)
            if identifier is not None:
                self._tasks_by_request.pop(identifier, None)
            if self._tasks.get(uri) is task:
                del self._tasks[uri]

    async def _work(
        self,
        action: Action,
        request: ActionRequest,
        journal: Journal,
        earlier: asyncio.Task[Proposal] | None,
    ) -> Proposal:
        if earlier is not None:
            await _ended([earlier])
        return await carry_out(action, request, self._completer, journal)

    def _delivered(
        self, session: Session, proposal: Proposal, request: ActionRequest
    ) -> types.WorkspaceEdit | None:
        document = session.document
        capabilities = EditCapabilities.by(self._client.capabilities)
        if not proposal or (not proposal.changes and not capabilities.new_files):
            self._say(f"{proposal.title}: {proposal.detail}.")
            return None
        if not capabilities.annotations:
            # Elsewhere the edit itself says what speaks for it.
            self._say(f"{proposal.title}: {proposal.detail}.")
        mark = len(request.source) - len(document.text)
        changes = tuple(
            replace(change, start=change.start - mark, end=change.end - mark)
            for change in proposal.changes
        )
        proposal = replace(proposal, changes=changes)
        opened = self._sessions.documents.get
        return workspace_edit(proposal, document, request.workspace, capabilities, opened)

    # What holds for a document.

    def _request_at(self, document: Document, action_data: ActionData) -> ActionRequest | None:
        if refusal := self.offers.refusal(document, action_data.offset):
            self._say(f"{refusal}.")
            return None
        # What is run is the cell alone: others may take long, or have effects.
        mark = self._notebooks.mark(document)
        folder = self._folders.of(document.governing_file)
        limits = RequestLimits.of(folder, document.file, self._recent_edits.beside(document))
        return limits.action(
            document.uri, document.language, mark + document.text, len(mark) + action_data.offset
        )

    # The client.

    def _say(self, message: str, kind: types.MessageType = types.MessageType.Info) -> None:
        self._client.show(message, kind)


async def _ended(tasks: Iterable[asyncio.Task[Proposal]]) -> None:
    """Cancel tasks and wait until nothing of them runs any more."""
    waiting = list(tasks)
    for task in waiting:
        task.cancel()
    if waiting:
        await asyncio.wait(waiting)
