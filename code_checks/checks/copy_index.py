"""Recognizes long copies of a corpus that is not at hand.

Hashes of runs of `RUN` tokens are looked up in a Bloom filter (Bloom 1970) that holds every
`STRIDE`-th run of each file of the corpus, while of the text in question every run is looked up:
the two sides of rsync (Tridgell 1999, chapter 3). Wherever a copy begins, every `STRIDE` tokens one
of its runs is in the filter, so a copy shows as several at just that distance, which chance does
not give. Tokens are words and signs: white space does not matter.
"""

from __future__ import annotations

import math
import mmap
import re
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from pathlib import Path

RUN, STRIDE = 16, 11
_LEAST = 3
"""How many runs of a copy must be found. A filter with a byte for each run gives one wrong yes in
fifty; three wrong ones, each `STRIDE` tokens after the other, happen in one of a thousand texts of
a hundred tokens."""

SHORTEST_COPY = 50
"""Tokens. A copy of so many holds `_LEAST` runs that are in the filter, wherever it begins; some
copies from 38 on do as well."""

_TOKEN = re.compile(r"\w+|([^\w\s])\1*")
_BITS_EACH = 8
_MAGIC = b"coterie copies 1\n"

assert (SHORTEST_COPY - RUN + 1) // STRIDE >= _LEAST


class CopyIndex:
    """A filter with the runs of a corpus."""

    def __init__(self, bits: bytearray | mmap.mmap, offset: int, probes: int) -> None:
        self._bits = bits
        self._offset = offset
        self._size = (len(bits) - offset) * 8
        self._probes = probes

    @classmethod
    def build(cls, hashes: Iterable[int]) -> CopyIndex:
        """Return an index of these runs (see `sampled`)."""
        known = set(hashes)
        probes = round(_BITS_EACH * math.log(2))
        bits = bytearray(max(64, -(-len(known) * _BITS_EACH // 8)))
        index = cls(bits, 0, probes)
        for number in known:
            for place in index._places(number):
                bits[place >> 3] |= 1 << (place & 7)
        return index

    @classmethod
    def read(cls, path: Path) -> CopyIndex:
        """Map an index file. Raises ValueError if it is none, OSError if it cannot be read."""
        head = len(_MAGIC) + 1
        with path.open("rb") as file:
            if not file.read(head).startswith(_MAGIC) or path.stat().st_size <= head:
                raise ValueError(f"{path} is no index of a corpus")
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        return cls(mapped, head, mapped[head - 1])

    def write(self, path: Path) -> None:
        """Write an index file."""
        path.write_bytes(_MAGIC + bytes([self._probes]) + self._bits[self._offset :])

    def longest_copy(self, text: str) -> int:
        """Return how many tokens in a row are known to be in the corpus, 0 if they are few.

        It is the distance from the first run found to the end of the last, so up to twice
        `STRIDE` less than the copy's length.
        """
        known = [self._has(number) for number in runs(tokens_of(text))]
        longest = 0
        for start in range(min(STRIDE, len(known))):
            row = 0
            for found in known[start::STRIDE]:
                row = row + 1 if found else 0
                longest = max(longest, row)
        return RUN + (longest - 1) * STRIDE if longest >= _LEAST else 0

    def _has(self, number: int) -> bool:
        bits, offset = self._bits, self._offset
        return all(bits[offset + (at >> 3)] >> (at & 7) & 1 for at in self._places(number))

    def _places(self, number: int) -> Iterator[int]:
        """Yield the bits of a run: all from two halves of one hash (Kirsch and Mitzenmacher
        2006)."""
        step = number >> 32 | 1
        return ((number + step * probe) % self._size for probe in range(self._probes))


def tokens_of(text: str) -> list[str]:
    """Return the words of a text and its signs; a sign that is repeated is one."""
    return [match.group() for match in _TOKEN.finditer(text)]


def sampled(text: str) -> list[int]:
    """Return every `STRIDE`-th run of a file of the corpus."""
    return list(runs(tokens_of(text), STRIDE))


def runs(tokens: list[str], stride: int = 1) -> Iterator[int]:
    """Yield a hash of 64 bits of every `stride`-th run of `RUN` tokens."""
    for start in range(0, len(tokens) - RUN + 1, stride):
        run = "\n".join(tokens[start : start + RUN]).encode("utf-8", "surrogatepass")
        yield int.from_bytes(blake2b(run, digest_size=8).digest(), "little")
