"""What a candidate's process tells the supervisor, in a form that cannot be misread.

Each record is a fixed head and a short text. Its key is known to one candidate's processes only,
and each of those has one pipe only: what does not fit exactly makes the test that is running
DIED, and says nothing about any other candidate.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple

KEY_BYTES = 16
IMPORT = -1
"""The number of the test that is running while the module is imported."""

_HEAD = struct.Struct(f"={KEY_BYTES}siBH")
_MOST_DETAIL = 3000
"""With it, a record is written in one piece: a pipe takes 4,096 bytes at once."""


class RecordKind(IntEnum):
    """What a record says about a test."""

    READY = 0  # the module is imported
    PASS = 1
    FAIL = 2
    ERROR = 3
    END = 4  # the process of the test has ended; the detail is its exit status


class Record(NamedTuple):
    """One message about one test."""

    test: int
    """Its index, or IMPORT."""
    kind: RecordKind
    """What became of the test."""
    detail: str
    """The error, the value, or the exit status."""


class Spoiled(Exception):
    """Something else than records came through a candidate's pipe."""


def encode_record(key: bytes, test: int, kind: RecordKind, detail: str = "") -> bytes:
    """Return a record as it is sent; too long a text is cut."""
    text = detail.encode(errors="replace")[:_MOST_DETAIL]
    return _HEAD.pack(key, test, kind, len(text)) + text


class Decoder:
    """Cuts what comes out of a pipe into records."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[Record]:
        """Yield the records that are complete now; Spoiled at what is none."""
        self._rest += data
        while len(self._rest) >= _HEAD.size:
            key, test, kind, size = _HEAD.unpack_from(self._rest)
            if key != self._key or kind > max(RecordKind) or size > _MOST_DETAIL:
                raise Spoiled
            end = _HEAD.size + size
            if len(self._rest) < end:
                return
            text = self._rest[_HEAD.size : end].decode(errors="replace")
            self._rest = self._rest[end:]
            yield Record(test, RecordKind(kind), text)
