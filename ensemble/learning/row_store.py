"""A bounded file of rows that several processes may append to: SQLite, one row per value.

Values are kept as JSON of a msgspec type, so that a later version can read what an earlier wrote.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

T = TypeVar("T", bound=msgspec.Struct)
_log = logging.getLogger(__name__)
_PATIENCE = 5.0
"""Seconds that another process may keep the file locked."""


class StoreError(Exception):
    """The file cannot be read or written. The message names it, the reason and the remedy."""


class RowStore(Generic[T]):
    """Rows of one type in a file that only its owner may read.

    At most `limit` of them: the oldest go first. Every call opens and closes the file and may wait
    for a disk, so an event loop leaves it to a thread.
    """

    def __init__(self, file: Path, kind: type[T], limit: int) -> None:
        self.file = file
        self._decoder = msgspec.json.Decoder(kind)
        self._limit = limit

    def append(self, rows: Sequence[T]) -> None:
        """Write rows down; the folder and the file are made if need be. Raises StoreError."""
        bodies = [(msgspec.json.encode(row).decode(),) for row in rows]
        with self._opened(create=True) as base:
            base.execute("CREATE TABLE IF NOT EXISTS row (id INTEGER PRIMARY KEY, body TEXT)")
            base.executemany("INSERT INTO row (body) VALUES (?)", bodies)
            base.execute(
                "DELETE FROM row WHERE id <= (SELECT max(id) FROM row) - ?", (self._limit,)
            )

    def rows(self) -> list[T]:
        """Return every row, the oldest first; none if there is no file. Raises StoreError.

        A row that this version does not understand is passed over.
        """
        if not self.file.exists():
            return []
        with self._opened(create=False) as base:
            bodies = base.execute("SELECT body FROM row ORDER BY id").fetchall()
        return list(self._understood(body for (body,) in bodies))

    def count(self) -> int:
        """Return how many rows there are. Raises StoreError."""
        if not self.file.exists():
            return 0
        with self._opened(create=False) as base:
            return int(base.execute("SELECT count(*) FROM row").fetchone()[0])

    def _understood(self, bodies: Iterator[str]) -> Iterator[T]:
        for body in bodies:
            try:
                yield self._decoder.decode(body)
            except msgspec.MsgspecError as error:
                _log.debug("a row of %s is not understood: %s", self.file.name, error)

    @contextmanager
    def _opened(self, *, create: bool) -> Iterator[sqlite3.Connection]:
        try:
            if create and not self.file.exists():
                self.file.parent.mkdir(parents=True, exist_ok=True)
                self.file.touch(mode=0o600)
            with closing(sqlite3.connect(self.file, timeout=_PATIENCE)) as base, base:
                # What goes because of the limit is gone, and not only out of sight.
                base.execute("PRAGMA secure_delete = ON")
                # Nor is any row worth waiting for a disk: at worst a failure of the machine costs
                # the file, and a new one is begun.
                base.execute("PRAGMA synchronous = OFF")
                yield base
        except (OSError, sqlite3.Error) as error:
            raise StoreError(
                f"{self.file}: {error}. If it stays so, delete the file; a new one is begun."
            ) from error
