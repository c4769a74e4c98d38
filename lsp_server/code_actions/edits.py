"""From what is proposed to the protocol's edits, as far as the client understands them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lsprotocol import types
from pygls.uris import from_fs_path

from ensemble.code_actions.proposal import Proposal
from lsp_server.documents.document import Document
from lsp_server.protocol import convert

_ANNOTATION = "coterie"
Opened = Callable[[str], Document | None]
"""Gives the document with a URI, if the client has it open."""
_FileEdit = types.CreateFile | types.RenameFile | types.DeleteFile | types.TextDocumentEdit
_Edit = types.TextEdit | types.AnnotatedTextEdit


@dataclass(frozen=True, slots=True)
class EditCapabilities:
    """What a client understands of edits."""

    versions: bool = False
    """Whether it refuses an edit to a document that is no longer what it was."""
    annotations: bool = False
    """Whether it shows what speaks for an edit, and asks before it makes it."""
    new_files: bool = False
    """Whether it can create files."""

    @classmethod
    def by(cls, capabilities: types.ClientCapabilities) -> EditCapabilities:
        workspace = capabilities.workspace
        edit = workspace.workspace_edit if workspace is not None else None
        if edit is None:
            return cls()
        kinds = edit.resource_operations or ()
        annotations = edit.change_annotation_support is not None
        # Neovim 0.12 does not say so, but what it does say is of use in versioned edits only.
        return cls(
            versions=bool(edit.document_changes or kinds or annotations),
            annotations=annotations,
            new_files=types.ResourceOperationKind.Create in kinds,
        )


def workspace_edit(
    proposal: Proposal,
    document: Document,
    workspace: Path | None,
    capabilities: EditCapabilities,
    opened: Opened,
) -> types.WorkspaceEdit:
    """Return the edit that makes a proposal's changes to a document and to the workspace's files.

    With versions, a client refuses it if the document is not what it was. With annotations, it
    shows what speaks for the changes, and asks before it makes them. A client that cannot create
    files gets the changes of the document only.
    """
    spans = [
        (_span(document, change.start, change.end), change.text) for change in proposal.changes
    ]
    if not capabilities.versions:
        edits = [types.TextEdit(range=span, new_text=text) for span, text in spans]
        return types.WorkspaceEdit(changes={document.uri: edits})
    changes: list[_FileEdit] = []
    if spans:
        texts = [_edit(span, text, capabilities) for span, text in spans]
        changes.append(_document_edit(document.uri, document.version, texts))
    if workspace is not None and capabilities.new_files:
        for file in proposal.files:
            path = workspace / file.path
            changes += _file_edits(path, file.text, document, capabilities, opened)
    annotation = types.ChangeAnnotation(
        label=proposal.title, description=proposal.detail, needs_confirmation=True
    )
    return types.WorkspaceEdit(
        document_changes=changes,
        change_annotations={_ANNOTATION: annotation} if capabilities.annotations else None,
    )


def _span(document: Document, start: int, end: int) -> types.Range:
    return types.Range(
        start=convert.position_of(document.place_of(start)),
        end=convert.position_of(document.place_of(end)),
    )


def _edit(span: types.Range, text: str, capabilities: EditCapabilities) -> _Edit:
    if capabilities.annotations:
        return types.AnnotatedTextEdit(range=span, new_text=text, annotation_id=_ANNOTATION)
    return types.TextEdit(range=span, new_text=text)


def _document_edit(uri: str, version: int | None, edits: list[_Edit]) -> types.TextDocumentEdit:
    identifier = types.OptionalVersionedTextDocumentIdentifier(uri=uri, version=version)
    return types.TextDocumentEdit(text_document=identifier, edits=edits)


def _file_edits(
    path: Path, text: str, document: Document, capabilities: EditCapabilities, opened: Opened
) -> list[_FileEdit]:
    """Return what puts a text at the end of a file, which is created if it is not there."""
    uri = from_fs_path(str(path))
    assert uri is not None, "an absolute path has a URI"
    known, exists = opened(uri), path.is_file()
    version = known.version if known is not None else None
    if known is None:
        held = path.read_text(encoding="utf-8") if exists else ""
        known = Document(uri, held, encoding=document.encoding)
    edits: list[_FileEdit] = []
    if not exists and version is None:
        options = types.CreateFileOptions(ignore_if_exists=True)
        annotation = _ANNOTATION if capabilities.annotations else None
        edits.append(types.CreateFile(uri=uri, options=options, annotation_id=annotation))
    end = _span(known, len(known.text), len(known.text))
    return [*edits, _document_edit(uri, version, [_edit(end, text, capabilities)])]
