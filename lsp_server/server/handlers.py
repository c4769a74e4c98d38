"""What a client may ask and tell: each handler is a snapshot, one call and a conversion."""

from __future__ import annotations

import hashlib
import logging
from typing import Any

import msgspec
from lsprotocol import types

from lsp_server.code_actions import offers
from lsp_server.protocol import convert
from lsp_server.server.language_server import CoterieServer

_log = logging.getLogger(__name__)

# Some clients take options without any entry for no such feature at all.
_PLAIN_OPTIONS = types.CompletionOptions(trigger_characters=["."], resolve_provider=False)


def initialize(ls: CoterieServer, params: types.InitializeParams) -> None:
    ls.folders.start(params.initialization_options, convert.folders_of(params))
    if not convert.has_inline_completion(params.capabilities):
        # Otherwise the same texts would be offered twice, once in the list of completions.
        ls.feature(types.TEXT_DOCUMENT_COMPLETION, _PLAIN_OPTIONS)(plain_completion)


async def initialized(ls: CoterieServer, params: types.InitializedParams) -> None:
    ls.configure()
    ls.client.background(ls.learn())
    await ls.pull_settings()


async def inline_completion(
    ls: CoterieServer, params: types.InlineCompletionParams
) -> types.InlineCompletionList:
    try:
        session = ls.sessions[params.text_document.uri]
        snapshot = convert.inline_snapshot(session.document, params)
        offer, name = await ls.answer(session, snapshot)
        return convert.inline_list(snapshot, offer, name)
    except Exception:
        # An error, or null, would leave old text on the screen; an empty list removes it.
        _log.exception("a request for inline completions failed")
        return types.InlineCompletionList(items=[])


async def plain_completion(
    ls: CoterieServer, params: types.CompletionParams
) -> types.CompletionList:
    try:
        session = ls.sessions[params.text_document.uri]
        snapshot = convert.plain_snapshot(session.document, params)
        offer, name = await ls.answer(session, snapshot)
        takes_lines = convert.takes_lines(ls.client.capabilities)
        return convert.plain_list(snapshot, offer, name, takes_lines=takes_lines)
    except Exception:
        _log.exception("a request for completions failed")
        return types.CompletionList(is_incomplete=True, items=[])


async def code_action(ls: CoterieServer, params: types.CodeActionParams) -> list[types.CodeAction]:
    try:
        return await ls.action_runner.offers.at(params)
    except Exception:
        _log.exception("a request for code actions failed")
        return []


async def code_action_resolve(ls: CoterieServer, action: types.CodeAction) -> types.CodeAction:
    return await ls.action_runner.resolve(action)


async def run_action(ls: CoterieServer, action_data: Any) -> None:
    """Do the work of a code action and apply it, for clients that resolve nothing."""
    await ls.action_runner.run(action_data)


async def why(ls: CoterieServer, uri: str) -> str:
    """Return why the last suggestion in a document was made, and have the client show it."""
    return await ls.reasons.show(uri)


def did_save(ls: CoterieServer, params: types.DidSaveTextDocumentParams) -> None:
    ls.sessions.visit(params.text_document.uri)
    ls.outcomes.saved(params.text_document.uri)


def did_focus(ls: CoterieServer, params: Any) -> None:
    """Not of the protocol: some clients tell which document the user turned to."""
    document = getattr(params, "textDocument", None)
    ls.sessions.visit(str(getattr(document, "uri", "")))


def did_show_completion(ls: CoterieServer, params: Any) -> None:
    """Not of the protocol: some clients tell what they have shown."""
    if (item := convert.item_named(params)) is not None:
        ls.outcomes.shown(item[0])


def did_partially_accept_completion(ls: CoterieServer, params: Any) -> None:
    """Not of the protocol: some clients tell that a word or a line was accepted."""
    if (item := convert.item_named(params)) is not None:
        ls.outcomes.partially_accepted(*item, convert.accepted_units(params))


async def did_change_configuration(
    ls: CoterieServer, params: types.DidChangeConfigurationParams
) -> None:
    ls.folders.reload()
    await ls.pull_settings()


async def did_change_workspace_folders(
    ls: CoterieServer, params: types.DidChangeWorkspaceFoldersParams
) -> None:
    event = params.event
    added = convert.named_folders(event.added)
    ls.folders.change(added, [folder.uri for folder in event.removed])
    await ls.pull_settings()


def document_hash(ls: CoterieServer, uri: str) -> dict[str, Any] | None:
    """Return a document's version and the SHA-256 of its text, so that a client can compare."""
    session = ls.sessions.get(uri)
    if session is None:
        return None
    text = session.document.text.encode("utf-8", "surrogatepass")
    return {"version": session.document.version, "sha256": hashlib.sha256(text).hexdigest()}


def last_trace(ls: CoterieServer, uri: str) -> dict[str, Any] | None:
    """Return the last answer given for a document, with the steps that led to it."""
    session = ls.sessions.get(uri)
    return convert.trace_result(session.last) if session is not None else None


def status(ls: CoterieServer) -> dict[str, Any]:
    """Return what `coterie/status` last said."""
    result: dict[str, Any] = msgspec.to_builtins(ls.backend.status)
    return result


def accepted(ls: CoterieServer, identifier: str, index: int) -> None:
    """Note that an item was accepted."""
    ls.outcomes.accepted(identifier, index)


def dismissed(ls: CoterieServer, identifier: str) -> None:
    """Note that what was shown of an offer was sent away."""
    ls.outcomes.dismissed(identifier)


def register(ls: CoterieServer) -> CoterieServer:
    """Give a server its handlers."""
    ls.feature(types.INITIALIZE)(initialize)
    ls.feature(types.INITIALIZED)(initialized)
    ls.feature(types.TEXT_DOCUMENT_INLINE_COMPLETION, types.InlineCompletionOptions())(
        inline_completion
    )
    ls.feature(types.TEXT_DOCUMENT_CODE_ACTION, offers.OPTIONS)(code_action)
    ls.feature(types.CODE_ACTION_RESOLVE)(code_action_resolve)
    ls.feature(types.TEXT_DOCUMENT_DID_SAVE, types.SaveOptions(include_text=False))(did_save)
    ls.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)(did_change_configuration)
    ls.feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)(did_change_workspace_folders)
    ls.feature("textDocument/didFocus")(did_focus)
    ls.feature("textDocument/didShowCompletion")(did_show_completion)
    ls.feature("textDocument/didPartiallyAcceptCompletion")(did_partially_accept_completion)
    ls.command("coterie.documentHash")(document_hash)
    ls.command("coterie.lastTrace")(last_trace)
    ls.command("coterie.status")(status)
    ls.command(convert.ACCEPTED)(accepted)
    ls.command(convert.DISMISSED)(dismissed)
    ls.command(offers.COMMAND)(run_action)
    ls.command(offers.WHY)(why)
    return ls
