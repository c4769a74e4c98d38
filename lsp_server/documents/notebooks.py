"""Notebooks: a cell is a document of its own, but the other cells belong to its context.

Clients either tell of notebooks as such (`notebookDocument/...`), or they send each cell like any
other document, with the notebook's name in its URI.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from lsprotocol import types

from code_checks.languages import language_named
from lsp_server.documents.document import Document

SYNC = types.NotebookDocumentSyncOptions(
    # Whatever the kind of notebook, with its cells in whatever language.
    notebook_selector=[types.NotebookDocumentFilterWithNotebook(notebook="*")]
)
_CELL = "vscode-notebook-cell:"


class Cells(Protocol):
    """Where a notebook's cells go: they are documents like others."""

    def opened(self, params: types.DidOpenTextDocumentParams) -> None:
        """Open a cell."""

    def changed(self, params: types.DidChangeTextDocumentParams) -> None:
        """Change a cell."""

    def closed(self, params: types.DidCloseTextDocumentParams) -> None:
        """Close a cell."""


class Notebooks:
    """The notebooks that one client has open. Only the event loop touches them.

    `documents` returns all open documents, in the order in which they were opened.
    """

    def __init__(self, cells: Cells, documents: Callable[[], Iterable[Document]]) -> None:
        self._documents_as_cells = cells
        self._documents = documents
        self._cells: dict[str, list[str]] = {}
        """The URIs of each notebook's cells, in order."""

    def opened(self, params: types.DidOpenNotebookDocumentParams) -> None:
        notebook = params.notebook_document
        self._cells[notebook.uri] = [cell.document for cell in notebook.cells]
        self._open(params.cell_text_documents)

    def changed(self, params: types.DidChangeNotebookDocumentParams) -> None:
        cells = params.change.cells
        if cells is None:
            return
        if cells.structure is not None:
            array = cells.structure.array
            known = self._cells.setdefault(params.notebook_document.uri, [])
            added = [cell.document for cell in array.cells or ()]
            known[array.start : array.start + array.delete_count] = added
            self._open(cells.structure.did_open or ())
            self._close(cells.structure.did_close or ())
        for content in cells.text_content or ():
            self._documents_as_cells.changed(
                types.DidChangeTextDocumentParams(content.document, content.changes)
            )

    def closed(self, params: types.DidCloseNotebookDocumentParams) -> None:
        self._cells.pop(params.notebook_document.uri, None)
        self._close(params.cell_text_documents)

    def around(self, document: Document) -> tuple[str, str]:
        """Return what a model and the checks are to see before and after a cell; nothing for a
        document that is none.

        That is the other cells in the same language, written as in notebooks that are scripts:
        with a comment of `%%` at the beginning of each.
        """
        cells = self._with(document.uri)
        if not cells:
            return "", ""
        at = cells.index(document.uri)
        mark = self.mark(document)
        before, after = (
            "".join(mark + text for text in self._texts(others, document.language))
            for others in (cells[:at], cells[at + 1 :])
        )
        return before + mark, "\n" + after if after else ""

    def mark(self, document: Document) -> str:
        """Return what tells the checks that a text is a cell, to stand before it; "" if it is
        none."""
        if not self._with(document.uri):
            return ""
        known = language_named(document.language)
        return f"{known.line_comment} %%\n" if known is not None and known.line_comment else "\n"

    def _with(self, uri: str) -> list[str]:
        """Return the cells of the notebook that holds a cell, in order; none if none does."""
        for cells in self._cells.values():
            if uri in cells:
                return cells
        if not uri.startswith(_CELL):
            return []
        notebook = uri.partition("#")[0]
        # In the order in which they were opened, for want of a better one.
        opened = (document.uri for document in self._documents())
        return [uri for uri in opened if uri.partition("#")[0] == notebook]

    def _texts(self, cells: Sequence[str], language: str) -> list[str]:
        """Return the texts of those cells that are in a language, each with its last line ended."""
        opened = {document.uri: document for document in self._documents()}
        documents = (opened[cell] for cell in cells if cell in opened)
        texts = [document.text for document in documents if document.language == language]
        return [text if text.endswith("\n") else text + "\n" for text in texts]

    def _open(self, items: Sequence[types.TextDocumentItem]) -> None:
        for item in items:
            self._documents_as_cells.opened(types.DidOpenTextDocumentParams(item))

    def _close(self, identifiers: Sequence[types.TextDocumentIdentifier]) -> None:
        for identifier in identifiers:
            self._documents_as_cells.closed(types.DidCloseTextDocumentParams(identifier))
