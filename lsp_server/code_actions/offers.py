"""Which actions are offered at a place, and what a client says when it orders one.

No model is asked here: editors want the list at every move of the cursor.
"""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from lsprotocol import types

from code_checks.hole import Hole
from lsp_server.answers.sessions import Sessions
from lsp_server.code_actions.catalog import Action, offered
from lsp_server.code_actions.cursor_context import CursorContext
from lsp_server.documents.document import Document
from lsp_server.protocol import convert
from lsp_server.protocol.client import Client
from lsp_server.settings.folders import Folders

COMMAND = "coterie.action"
WHY = "coterie.why"
OPTIONS = types.CodeActionOptions(
    code_action_kinds=[
        types.CodeActionKind.QuickFix,
        types.CodeActionKind.RefactorRewrite,
        types.CodeActionKind.Refactor,
        types.CodeActionKind.Source,
    ],
    resolve_provider=True,
)
_WHY_TITLE = "Coterie: why this suggestion?"


class ActionData(msgspec.Struct, frozen=True):
    """What an offer says of itself, so that it can be ordered: the `data` of a code action."""

    action: str
    """The name of the action in the catalog."""
    uri: str
    version: int
    """The document's version for which it was offered."""
    offset: int
    """How many characters of the document stood before the selection."""


def action_data_of(data: Any) -> ActionData | None:
    """Return what an offer said of itself; None if this is none of ours."""
    try:
        # Clients may hand it back as an object with attributes.
        return msgspec.convert(convert.plain(data), ActionData)
    except msgspec.ValidationError:
        return None


class ActionOffers:
    """What is offered to one client, by what it understands and what its settings allow."""

    def __init__(self, client: Client, sessions: Sessions, folders: Folders) -> None:
        self._client = client
        self._sessions = sessions
        self._folders = folders

    async def at(self, params: types.CodeActionParams) -> list[types.CodeAction]:
        """Return the actions that are worth offering for a selection."""
        session = self._sessions[params.text_document.uri]
        document = session.document
        only = [getattr(kind, "value", kind) for kind in params.context.only or ()]
        before, _ = document.split_at(convert.place_of(params.range.start))
        offset = len(before)
        first, last = params.range.start.line, params.range.end.line
        context = CursorContext(document.language, document.text, offset, first, last)
        version, has_trace = document.version, session.last is not None
        actions: list[Action] = []
        if not self.refusal(document, offset) and self._can_deliver():
            may_run = self.may_run(document)
            actions = await asyncio.to_thread(offered, context, only, may_run=may_run)
        made = [
            self._made(action, ActionData(action.name, document.uri, version, offset))
            for action in actions
        ]
        return [*made, *_why(document.uri, only, has_trace=has_trace)]

    def _made(self, action: Action, action_data: ActionData) -> types.CodeAction:
        data = msgspec.to_builtins(action_data)
        if self._resolves():
            return types.CodeAction(title=action.title, kind=action.kind, data=data)
        command = types.Command(title=action.title, command=COMMAND, arguments=[data])
        return types.CodeAction(title=action.title, kind=action.kind, command=command)

    def refusal(self, document: Document, offset: int) -> str:
        """Return why nothing may be done at a place of a document, "" if something may."""
        file, hole = document.governing_file, Hole.at(document.language, document.text, offset)
        return self._folders.of(file).refusal(file, hole)

    def may_run(self, document: Document) -> bool:
        """Whether tests may be run for a document."""
        return self._folders.of(document.governing_file).settings.tests_run

    def _resolves(self) -> bool:
        document = self._client.capabilities.text_document
        action = document.code_action if document is not None else None
        support = action.resolve_support if action is not None else None
        return bool(action and action.data_support and support and "edit" in support.properties)

    def _can_deliver(self) -> bool:
        workspace = self._client.capabilities.workspace
        # Some clients, Kate among them, apply edits without having said so.
        return self._resolves() or workspace is None or workspace.apply_edit is not False


def _why(uri: str, only: list[str], *, has_trace: bool) -> list[types.CodeAction]:
    kind = types.CodeActionKind.Source
    if not has_trace or (only and not any(kind.value == wanted for wanted in only)):
        return []
    command = types.Command(title=_WHY_TITLE, command=WHY, arguments=[uri])
    return [types.CodeAction(title=_WHY_TITLE, kind=kind, command=command)]
