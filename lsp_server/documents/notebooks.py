"""Notebooks: a cell is a document of its own, but the other cells belong to its context.

Clients either tell of notebooks as such (`notebookDocument/...`), or they send each cell like any
other document, with the notebook's name in its URI.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from code_checks.languages import language_named
from lsp_server.documents.document import Document

_CELL = "vscode-notebook-cell:"


class Notebooks:
    """The order of the cells in the notebooks that one client has open. Only the event loop touches
    it."""

    def __init__(self, documents: Mapping[str, Document]) -> None:
        self._documents = documents
        """All open documents by URI, in the order in which they were opened; cells are among
        them."""
        self._cells: dict[str, list[str]] = {}
        """The URIs of each notebook's cells, in order."""

    def open(self, uri: str, cells: Sequence[str]) -> None:
        """Take the cells of a notebook, in order."""
        self._cells[uri] = list(cells)

    def rearrange(self, uri: str, start: int, removed: int, added: Sequence[str]) -> None:
        """Put cells of a notebook in the place of so many others, from that index on."""
        self._cells.setdefault(uri, [])[start : start + removed] = added

    def close(self, uri: str) -> None:
        """Forget a notebook."""
        self._cells.pop(uri, None)

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
        return [cell for cell in self._documents if cell.partition("#")[0] == notebook]

    def _texts(self, cells: Sequence[str], language: str) -> list[str]:
        """Return the texts of those cells that are in a language, each with its last line ended."""
        documents = (self._documents[cell] for cell in cells if cell in self._documents)
        texts = [document.text for document in documents if document.language == language]
        return [text if text.endswith("\n") else text + "\n" for text in texts]
