"""The open documents of one client, each with its session, and who watches what happens to them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

from lsp_server.answers.answer_cache import Offer
from lsp_server.answers.completion_tasks import TaskPool
from lsp_server.answers.session import Session
from lsp_server.answers.snapshot import Snapshot
from lsp_server.documents.document import Document, Edit

_log = logging.getLogger(__name__)


class Observer(Protocol):
    """Somebody who watches documents."""

    def opened(self, document: Document) -> None:
        """A document was opened, perhaps anew."""

    def edited(self, document: Document, edits: Sequence[Edit]) -> None:
        """A document has been changed by these edits."""

    def visited(self, document: Document) -> None:
        """The user has saved a document or turned to it."""

    def closed(self, document: Document) -> None:
        """A document is open no longer."""


class Sessions(Mapping[str, Session]):
    """The sessions by their documents' URIs. These are called in the order of the messages, and
    done before the next message is looked at."""

    def __init__(self, tasks: TaskPool, upgraded: Callable[[Snapshot, Offer], None]) -> None:
        self.documents: dict[str, Document] = {}
        """The documents by URI, in the order in which they were opened."""
        self.observers: list[Observer] = []
        """Who is told of each document, in this order."""
        self._tasks = tasks
        self._upgraded = upgraded
        self._sessions: dict[str, Session] = {}

    def __getitem__(self, uri: str) -> Session:
        return self._sessions[uri]

    def __iter__(self) -> Iterator[str]:
        return iter(self._sessions)

    def __len__(self) -> int:
        return len(self._sessions)

    def open(self, document: Document) -> None:
        """Begin a session, in place of one that the document may have already."""
        self.close(document.uri)
        self.documents[document.uri] = document
        self._sessions[document.uri] = Session(document, self._tasks, self._upgraded)
        for observer in self.observers:
            observer.opened(document)

    def edit(self, uri: str, edits: Sequence[Edit], version: int) -> None:
        """Change a document."""
        document = self.documents.get(uri)
        if document is None:
            _log.warning("a document was changed that is not open")
            return
        document.apply(edits, version)
        for observer in self.observers:
            observer.edited(document, edits)

    def visit(self, uri: str) -> None:
        """Note that the user has saved a document or turned to it."""
        if (document := self.documents.get(uri)) is not None:
            for observer in self.observers:
                observer.visited(document)

    def close(self, uri: str) -> None:
        """End a session, if there is one."""
        document = self.documents.pop(uri, None)
        if document is not None:
            self._sessions.pop(uri).close()
            for observer in self.observers:
                observer.closed(document)

    def close_all(self) -> None:
        """End every session."""
        for uri in list(self._sessions):
            self.close(uri)
