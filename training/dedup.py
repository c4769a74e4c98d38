"""Exact and near duplicates, by MinHash over runs of lines (Broder 1997; Lee et al. 2022)."""

from __future__ import annotations

import zlib
from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

Signature = NDArray[np.uint64]

PERMUTATIONS = 64
ROWS_PER_BAND = 4
LINES_PER_SHINGLE = 5
_RANDOM = np.random.default_rng(7)
_FACTORS = _RANDOM.integers(1, 2**63, PERMUTATIONS, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
_OFFSETS = _RANDOM.integers(0, 2**63, PERMUTATIONS, dtype=np.uint64)


def line_shingles(text: str) -> NDArray[np.uint64]:
    """Hashes of runs of five lines, blank lines and indentation left out."""
    lines = [zlib.crc32(line.strip().encode("utf-8", "replace")) for line in text.split("\n")]
    blank = zlib.crc32(b"")
    ids = np.array([line for line in lines if line != blank] or [0], dtype=np.uint64)
    count = max(1, len(ids) - LINES_PER_SHINGLE + 1)
    total = np.zeros(count, dtype=np.uint64)
    with np.errstate(over="ignore"):
        for offset in range(min(LINES_PER_SHINGLE, len(ids))):
            total = total * np.uint64(0x100000001B3) + ids[offset : offset + count]
    return np.unique(total)


def signature(text: str) -> Signature:
    """The smallest value of each permutation; equal shares of places estimate Jaccard."""
    hashes = line_shingles(text)
    with np.errstate(over="ignore"):
        permuted = hashes[:, None] * _FACTORS + _OFFSETS
        permuted ^= permuted >> np.uint64(31)
        permuted *= np.uint64(0xBF58476D1CE4E5B9)
    least: Signature = permuted.min(axis=0)
    return least


def similarity(one: Signature, other: Signature) -> float:
    return float(np.mean(one == other))


class SeenTexts:
    """Texts accepted so far; answers whether a further one is a near copy of any."""

    def __init__(self, threshold: float) -> None:
        self.threshold = threshold
        self._signatures: list[Signature] = []
        self._bands: defaultdict[bytes, list[int]] = defaultdict(list)

    def add_if_new(self, text: str) -> bool:
        """Whether the text was new; if so it is remembered."""
        mark = signature(text)
        keys = [
            bytes([start]) + mark[start : start + ROWS_PER_BAND].tobytes()
            for start in range(0, PERMUTATIONS, ROWS_PER_BAND)
        ]
        rivals = {index for key in keys for index in self._bands[key]}
        if any(similarity(mark, self._signatures[i]) >= self.threshold for i in rivals):
            return False
        for key in keys:
            self._bands[key].append(len(self._signatures))
        self._signatures.append(mark)
        return True
