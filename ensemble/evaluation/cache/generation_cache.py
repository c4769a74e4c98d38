"""The file in which an evaluation keeps what models answered: SQLite, one row for each answer."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import msgspec

FILE_NAME = "answers.sqlite"
"""The name of the file in the folder of the cache."""

_PATIENCE = 30.0
"""Seconds that another evaluation may keep the file locked."""

_PRIMARY = 0xFF
"""The bits of SQLite's error codes that say what happened; the others say where."""

_Kept = TypeVar("_Kept", bound=msgspec.Struct)
_Result = TypeVar("_Result")


class GenerationCache:
    """Values of msgspec types by key, in a file of `folder`; None keeps them in memory only.

    What is written is kept even if the process is killed in the next moment, and several processes
    may use one file. `warn` is told, once, of a file that is broken and was set aside for a new
    one, or that cannot be written, so that nothing is kept beyond this process. Nothing is raised.
    """

    def __init__(
        self, folder: Path | None = None, warn: Callable[[str], None] = lambda message: None
    ) -> None:
        self.folder = folder
        """Where the file lies; None for in memory."""
        self._warn = warn
        try:
            self._base = _opened(folder)
        except (OSError, sqlite3.DatabaseError) as error:
            self._base = self._opened_instead(error)

    def get(self, key: str, kind: type[_Kept]) -> _Kept | None:
        """Return the value of a key; None if there is none that this version understands."""
        row = self._attempt(
            lambda base: base.execute("SELECT body FROM answer WHERE key = ?", (key,)).fetchone()
        )
        if row is None:
            return None
        try:
            return msgspec.msgpack.decode(row[0], type=kind)
        except (msgspec.MsgspecError, TypeError):
            return None

    def put(self, key: str, value: msgspec.Struct) -> None:
        """Keep a value, in place of an earlier one."""
        body = msgspec.msgpack.encode(value)
        self._attempt(
            lambda base: base.execute("REPLACE INTO answer (key, body) VALUES (?, ?)", (key, body))
        )

    def close(self) -> None:
        """Close the file."""
        self._base.close()

    def _attempt(self, work: Callable[[sqlite3.Connection], _Result]) -> _Result:
        try:
            return work(self._base)
        except sqlite3.DatabaseError as error:
            self._base.close()
            self._base = self._opened_instead(error)
            return work(self._base)

    def _opened_instead(self, error: Exception) -> sqlite3.Connection:
        """Return what is used instead of a file that failed: a new file, or memory."""
        assert self.folder is not None
        file = self.folder / FILE_NAME
        if _is_broken(error):
            with suppress(OSError, sqlite3.DatabaseError):
                aside = _set_aside(file)
                base = _opened(self.folder)
                self._warn(
                    f"{file} was broken ({error}); it is now {aside.name}, and a new one begun"
                )
                return base
        reason = error.strerror if isinstance(error, OSError) else error
        self._warn(
            f"{file} cannot be used ({reason}), so nothing is kept for another run; "
            "--cache names another folder"
        )
        self.folder = None
        return _opened(None)


def _opened(folder: Path | None) -> sqlite3.Connection:
    """Open the file, which is made if need be, for its owner only. Raises OSError or
    sqlite3.DatabaseError."""
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / FILE_NAME).touch(mode=0o600)
    place = ":memory:" if folder is None else folder / FILE_NAME
    base = sqlite3.connect(place, timeout=_PATIENCE, isolation_level=None)
    try:
        base.execute("PRAGMA journal_mode = WAL")
        # A killed process loses nothing, a machine that loses its power the newest answers.
        base.execute("PRAGMA synchronous = NORMAL")
        base.execute("CREATE TABLE IF NOT EXISTS answer (key TEXT PRIMARY KEY, body BLOB NOT NULL)")
    except sqlite3.DatabaseError:
        base.close()
        raise
    return base


def _is_broken(error: Exception) -> bool:
    """Tell a file that is no database, or a damaged one, from one that is locked or read-only."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK)
    return code & _PRIMARY in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)


def _set_aside(file: Path) -> Path:
    """Rename the file, with what belongs to it gone, and return its new name. Raises OSError."""
    aside = file.with_suffix(".broken")
    file.replace(aside)
    for belonging in ("-wal", "-shm"):
        file.with_name(file.name + belonging).unlink(missing_ok=True)
    return aside
