"""Positions, documents and answers, from the protocol's types to ours and back.

It is the only file that converts positions: below it there are characters, offsets and our own
plain data, above it positions in the client's encoding. Code actions and their edits have types of
the protocol, too, and get their positions here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
from lsprotocol import types
from lsprotocol.converters import get_converter
from pygls.uris import from_fs_path

from code_checks.hole import Hole
from ensemble.request import Trigger
from ensemble.trace.trace import Answer, Completion
from lsp_server.answers.answer_cache import Offer
from lsp_server.answers.snapshot import Snapshot, Span
from lsp_server.documents.document import Document, Edit, Encoding, Place, units_of
from lsp_server.documents.uris import file_of

ACCEPTED = "coterie.accepted"
DISMISSED = "coterie.dismissed"
_CONVERTER = get_converter()
_WORD = re.compile(r"\w*\Z")


def encoding_of(negotiated: types.PositionEncodingKind | str | None) -> Encoding:
    """Return the encoding that was agreed on at `initialize`; UTF-16 is the protocol's default."""
    name = negotiated.value if isinstance(negotiated, types.PositionEncodingKind) else negotiated
    return Encoding(name) if name else Encoding.UTF16


def document_of(
    item: types.TextDocumentItem, negotiated: types.PositionEncodingKind | str | None
) -> Document:
    """Return a document that the client has opened, in the encoding that was agreed on."""
    return Document(
        item.uri,
        item.text,
        language=item.language_id,
        version=item.version,
        encoding=encoding_of(negotiated),
    )


def place_of(position: types.Position) -> Place:
    return Place(position.line, position.character)


def position_of(place: Place) -> types.Position:
    return types.Position(line=place.line, character=place.units)


def edits_of(changes: Iterable[types.TextDocumentContentChangeEvent]) -> list[Edit]:
    """Return a notification's changes as edits; one without a range replaces everything."""
    return [
        Edit(change.text, place_of(change.range.start), place_of(change.range.end))
        if isinstance(change, types.TextDocumentContentChangePartial)
        else Edit(change.text)
        for change in changes
    ]


def named_folders(folders: Iterable[types.WorkspaceFolder]) -> list[tuple[str, Path]]:
    """Return the URIs and paths of workspace folders; those that are not on this machine's disk
    are left out."""
    paths = ((folder.uri, file_of(folder.uri)) for folder in folders)
    return [(uri, path) for uri, path in paths if path is not None]


def folders_of(params: types.InitializeParams) -> list[tuple[str, Path]]:
    """Return the workspace's folders, or its root where a client knows only of one."""
    if params.workspace_folders:
        return named_folders(params.workspace_folders)
    root = params.root_uri or (params.root_path and from_fs_path(params.root_path))
    return named_folders([types.WorkspaceFolder(uri=root, name="")]) if root else []


def has_inline_completion(capabilities: types.ClientCapabilities) -> bool:
    """Whether a client asks for inline completions by itself."""
    document = capabilities.text_document
    return document is not None and document.inline_completion is not None


def inline_snapshot(document: Document, params: types.InlineCompletionParams) -> Snapshot:
    """Take a snapshot for a request for inline completions.

    What is selected in the editor's own list of completions counts as typed: the editor shows only
    texts that begin with it.
    """
    invoked = params.context.trigger_kind is types.InlineCompletionTriggerKind.Invoked
    trigger = Trigger.INVOKED if invoked else Trigger.AUTOMATIC
    place = place_of(params.position)
    selected = params.context.selected_completion_info
    if selected is None:
        return _snapshot(document, Span(place, place), trigger)
    span = Span(place_of(selected.range.start), place_of(selected.range.end), selected.text)
    return _snapshot(document, span, trigger)


def plain_snapshot(document: Document, params: types.CompletionParams) -> Snapshot:
    """Take a snapshot for a request for ordinary completions, which editors send while one types.

    Such editors filter by the word that has been typed, so the texts begin with that word.
    """
    place = place_of(params.position)
    before, after = document.split_at(place)
    hole = Hole(document.language, before, after)
    matched = _WORD.search(hole.line_head)
    word = matched[0] if matched else ""
    end = document.place_of(len(before))
    start = Place(end.line, end.units - units_of(word, document.encoding))
    span = Span(start, end, word)
    return Snapshot(document.uri, document.version, hole, span, Trigger.AUTOMATIC)


def _snapshot(document: Document, span: Span, trigger: Trigger) -> Snapshot:
    before, _ = document.split_at(span.start)
    _, after = document.split_at(span.end)
    hole = Hole(document.language, before + span.head, after)
    return Snapshot(document.uri, document.version, hole, span, trigger)


def inline_list(snapshot: Snapshot, offer: Offer, identifier: str) -> types.InlineCompletionList:
    """Return the items of an answer. Lines end with a line feed; editors insert their own."""
    items = [
        types.InlineCompletionItem(
            insert_text=snapshot.span.head + completion.text.replace("\r\n", "\n"),
            range=_range(snapshot.span, offer.replaced),
            command=_accepted(identifier, index),
        )
        for index, completion in enumerate(offer.answer.completions)
    ]
    return types.InlineCompletionList(items=items)


def plain_list(
    snapshot: Snapshot, offer: Offer, identifier: str, *, takes_lines: bool
) -> types.CompletionList:
    """Return the items of an answer for a client without inline completion.

    Without `takes_lines` they are first lines, and a text without one is left out; see
    `takes_lines`.
    """
    items: dict[str, types.CompletionItem] = {}
    for index, completion in enumerate(offer.answer.completions):
        text = snapshot.span.head + completion.text.replace("\r\n", "\n")
        text = text if takes_lines else text.split("\n")[0]
        if text.strip() and text != snapshot.span.head:
            command = _accepted(identifier, index)
            item = _plain_item(snapshot, completion, text, offer.replaced, command)
            items.setdefault(text, item)
    return types.CompletionList(is_incomplete=True, items=list(items.values()))


def takes_lines(capabilities: types.ClientCapabilities) -> bool:
    """Whether a client puts in items of several lines as they are, and says so.

    Others put NUL characters for line ends, indent every line anew, or insert the first line only.
    """
    document = capabilities.text_document
    item = document.completion.completion_item if document and document.completion else None
    support = item.insert_text_mode_support if item else None
    return support is not None and types.InsertTextMode.AsIs in support.value_set


def _plain_item(
    snapshot: Snapshot, completion: Completion, text: str, replaced: int, command: types.Command
) -> types.CompletionItem:
    has_lines = "\n" in text
    label = next((line.strip() for line in text.splitlines() if line.strip()), text)
    return types.CompletionItem(
        label=label,
        kind=types.CompletionItemKind.Text,
        detail=f"Coterie: {completion.model}",
        documentation=text if has_lines else None,
        # After every other letter: what a language server knows comes before what models believe.
        sort_text="~",
        filter_text=snapshot.span.head + label.removeprefix(snapshot.span.head),
        insert_text_format=types.InsertTextFormat.PlainText,
        # The lines are indented already.
        insert_text_mode=types.InsertTextMode.AsIs if has_lines else None,
        text_edit=types.TextEdit(range=_range(snapshot.span, replaced), new_text=text),
        command=command,
    )


def _range(span: Span, replaced: int) -> types.Range:
    # What is replaced beyond the span are closing brackets and quotes: one unit each.
    end = Place(span.end.line, span.end.units + replaced)
    return types.Range(start=position_of(span.start), end=position_of(end))


def _accepted(identifier: str, index: int) -> types.Command:
    return types.Command(title="Coterie: accepted", command=ACCEPTED, arguments=[identifier, index])


def item_named(params: Any) -> tuple[str, int] | None:
    """Return the name and index of the item that a client's notification is about, as it was given
    in the item's command; None if the item is not of ours.

    `textDocument/didShowCompletion` and its like are not of the protocol: clients made for
    Copilot's server send them, with the item or what they kept of it.
    """
    command = _member(_member(params, "item"), "command")
    arguments = _member(command, "arguments")
    if _member(command, "command") != ACCEPTED or not isinstance(arguments, list | tuple):
        return None
    match list(arguments):
        case [str(name), int(index), *_]:
            return name, index
    return None


def accepted_units(params: Any) -> int:
    """Return how much of an item's text a client says was accepted, from the text's beginning, in
    UTF-16 units; 0 if it does not say."""
    units = _member(params, "acceptedLength")
    return int(units) if isinstance(units, int | float) and units > 0 else 0


def _member(value: Any, name: str) -> Any:
    """Return a member of what JSON said, however the library has wrapped it; None if it is not
    there."""
    return value.get(name) if isinstance(value, dict) else getattr(value, name, None)


def upgrade_params(snapshot: Snapshot, offer: Offer, identifier: str) -> dict[str, Any]:
    """Return the parameters of `coterie/suggestionUpgraded`: document, position and items."""
    return {
        "textDocument": {"uri": snapshot.uri, "version": snapshot.version},
        "position": plain(position_of(snapshot.span.end)),
        "items": [plain(item) for item in inline_list(snapshot, offer, identifier).items],
    }


def plain(value: Any) -> Any:
    """Return a value of the protocol as JSON's dictionaries, lists, texts and numbers."""
    return _CONVERTER.unstructure(value)


def trace_result(answer: Answer | None) -> dict[str, Any] | None:
    """Return the last answer of a document as JSON, with its trace for people as `text`."""
    if answer is None:
        return None
    # What lays text out for terminals is loaded by those who want to see a trace.
    from lsp_server.answers.trace_text import story  # noqa: PLC0415

    built: dict[str, Any] = msgspec.to_builtins(answer)
    return {**built, "text": story(answer).plain}
