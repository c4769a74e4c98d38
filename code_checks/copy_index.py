"""Recognizes long copies of a corpus that is not at hand.

Hashes of runs of `RUN` tokens are looked up in a Bloom filter (Bloom 1970) that holds every
`STRIDE`-th run of each file of the corpus, while of the text in question every run is looked up:
the two sides of rsync (Tridgell 1999, chapter 3). Wherever a copy begins, every `STRIDE` tokens one
of its runs is in the filter, so a copy shows as several at just that distance, which chance does
not give. Tokens are words and signs: white space does not matter.
"""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]

RUN, STRIDE = 16, 11
_LEAST = 3
"""One wrong yes in fifty is what a filter of a byte for each run gives; three, at two distances,
happen in one of a thousand texts of a hundred tokens."""

SHORTEST_COPY = 50
"""Tokens. A copy of so many holds `_LEAST` runs that are in the filter, wherever it begins; some
copies from 38 on do as well."""

_TOKEN = re.compile(r"\w+|([^\w\s])\1*")
_BITS_EACH = 8
_MAGIC = b"coterie copies 1\n"
_BASE = np.uint64(0x9E3779B97F4A7C15)

assert (SHORTEST_COPY - RUN + 1) // STRIDE >= _LEAST


class CopyIndex:
    """A filter with the runs of a corpus."""

    def __init__(self, bits: NDArray[np.uint8], probes: int) -> None:
        self._bits = bits
        self._probes = probes

    @classmethod
    def build(cls, hashes: Hashes) -> CopyIndex:
        """Return an index of these runs (see `sampled`)."""
        size = max(64, -(-len(hashes) * _BITS_EACH // 8))
        index = cls(np.zeros(size, np.uint8), round(_BITS_EACH * math.log(2)))
        for places in index._places(hashes):
            np.bitwise_or.at(index._bits, places >> 3, _bit(places))
        return index

    @classmethod
    def read(cls, path: Path) -> CopyIndex:
        """Map an index file. Raises ValueError if it is none, OSError if it cannot be read."""
        with path.open("rb") as file:
            head = file.read(len(_MAGIC) + 1)
        if not head.startswith(_MAGIC) or len(head) <= len(_MAGIC):
            raise ValueError(f"{path} is no index of a corpus")
        return cls(np.memmap(path, np.uint8, "r", offset=len(head)), head[-1])

    def write(self, path: Path) -> None:
        """Write an index file."""
        path.write_bytes(_MAGIC + bytes([self._probes]) + self._bits.tobytes())

    def longest_copy(self, text: str) -> int:
        """Return how many tokens in a row are known to be in the corpus, 0 if they are few.

        It is the distance from the first run found to the end of the last, so up to twice
        `STRIDE` less than the copy's length.
        """
        known = self._has(runs(tokens_of(text)))
        longest = 0
        for start in np.flatnonzero(known):
            if start >= STRIDE and known[start - STRIDE]:
                continue  # It was counted from there.
            end = start
            while end < len(known) and known[end]:
                end += STRIDE
            longest = max(longest, (int(end) - int(start)) // STRIDE)
        return RUN + (longest - 1) * STRIDE if longest >= _LEAST else 0

    def _has(self, hashes: Hashes) -> NDArray[np.bool_]:
        found = np.ones(len(hashes), np.bool_)
        for places in self._places(hashes):
            found &= (self._bits[places >> 3] & _bit(places)) != 0
        return found

    def _places(self, hashes: Hashes) -> Iterator[NDArray[np.int64]]:
        """Yield the bits of each run, probe by probe: all from two halves of one hash (Kirsch
        and Mitzenmacher 2006)."""
        size = np.uint64(len(self._bits) * 8)
        first, step = hashes, (hashes >> np.uint64(32)) | np.uint64(1)
        for probe in range(self._probes):
            yield ((first + step * np.uint64(probe)) % size).astype(np.int64)


def tokens_of(text: str) -> list[str]:
    """Return the words of a text and its signs; a sign that is repeated is one."""
    return [match.group() for match in _TOKEN.finditer(text)]


def sampled(text: str) -> Hashes:
    """Return every `STRIDE`-th run of a file of the corpus."""
    return runs(tokens_of(text))[::STRIDE]


def runs(tokens: list[str]) -> Hashes:
    """Return a hash of every run of `RUN` tokens: a polynomial, then mixed (splitmix64)."""
    count = max(0, len(tokens) - RUN + 1)
    words = np.array([zlib.crc32(token.encode()) for token in tokens], dtype=np.uint64)
    hashes = np.zeros(count, np.uint64)
    for offset in range(RUN if count else 0):
        hashes = hashes * _BASE + words[offset : offset + count]
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        hashes = (hashes ^ (hashes >> np.uint64(shift))) * np.uint64(factor)
    return hashes ^ (hashes >> np.uint64(31))


def _bit(places: NDArray[np.int64]) -> NDArray[np.uint8]:
    return np.left_shift(np.uint8(1), (places & 7).astype(np.uint8))
