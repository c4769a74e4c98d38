"""The corpus as tokens, encoded once, and slices of it that re-encode only their two ends.

No token reaches across the beginning of a run of newlines, so the tokens between two such
places are those of the whole file; only what is cut must be encoded again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Tokens = NDArray[np.uint16]
Encode = Callable[[str], list[int]]


class Document(NamedTuple):
    """A file of the corpus as characters and as tokens."""

    name: str
    """The path in the corpus."""
    text: str
    """The characters."""
    tokens: Tokens
    """The tokens of the whole text."""
    ends: NDArray[np.int64]
    """For each token the index of the character behind it."""


def piece_start(text: str, offset: int) -> int:
    """The last place at or before an offset where a run of newlines begins, or 0."""
    if 0 < offset < len(text) and text[offset] == "\n" and text[offset - 1] != "\n":
        return offset
    at = text.rfind("\n", 0, offset)
    while at > 0 and text[at - 1] == "\n":
        at -= 1
    return max(at, 0)


def next_piece(text: str, offset: int) -> int:
    """The first place at or behind an offset where a run of newlines begins, or the end."""
    if offset == 0:
        return 0
    at = offset
    while (at := text.find("\n", at)) >= 0:
        if text[at - 1] != "\n":
            return at
        at += 1
    return len(text)


def encode_slice(document: Document, start: int, end: int, encode: Encode) -> list[int]:
    """The tokens of `document.text[start:end]`, as encoding that slice alone would give them."""
    text = document.text
    first, last = next_piece(text, start), len(text) if end == len(text) else piece_start(text, end)
    if first >= last:
        return encode(text[start:end]) if end > start else []
    low = int(np.searchsorted(document.ends, first, side="right")) if first else 0
    high = int(np.searchsorted(document.ends, last, side="right"))
    whole = document.tokens[low:high].tolist()
    left = encode(text[start:first]) if first > start else []
    right = encode(text[last:end]) if end > last else []
    return [*left, *whole, *right]


class Documents:
    """All files of one part of the corpus, neighbors in one package side by side."""

    def __init__(
        self,
        *,
        names: Sequence[str],
        packages: Sequence[str],
        tags: Sequence[str],
        texts: NDArray[np.uint8],
        text_offsets: NDArray[np.int64],
        tokens: Tokens,
        token_offsets: NDArray[np.int64],
        lengths: NDArray[np.int64],
    ) -> None:
        self.names, self.packages, self.tags = names, packages, tags
        self.tokens, self.token_offsets = tokens, token_offsets
        self._texts, self._text_offsets = texts, text_offsets
        self._lengths = lengths
        self.document = lru_cache(maxsize=256)(self._document)

    def __len__(self) -> int:
        return len(self.names)

    def _document(self, index: int) -> Document:
        low, high = self._text_offsets[index : index + 2]
        text = self._texts[low:high].tobytes().decode()
        first, last = self.token_offsets[index : index + 2]
        return self.assemble(self.names[index], text, self.tokens[first:last])

    def assemble(self, name: str, text: str, tokens: Tokens) -> Document:
        """A document of this vocabulary, whether or not it is one of these files."""
        ends = np.cumsum(self._lengths[tokens])
        if not text.isascii():
            ends = byte_to_character(text, ends)
        return Document(name, text, tokens, ends)

    def size(self, index: int) -> int:
        return int(self.token_offsets[index + 1] - self.token_offsets[index])

    def raw(self, index: int) -> bytes:
        low, high = self._text_offsets[index : index + 2]
        return self._texts[low:high].tobytes()


def byte_to_character(text: str, offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    """Byte offsets as character offsets; one inside a character counts as behind it."""
    data = np.frombuffer(text.encode(), dtype=np.uint8)
    begun = np.cumsum((data & 0xC0) != 0x80)  # continuation bytes begin no character
    found: NDArray[np.int64] = begun[offsets - 1]
    return found


def pack(
    rows: Iterable[tuple[str, str, str, str]],
    encode_many: Callable[[list[str]], list[list[int]]],
    path: Path,
    slice_size: int = 500,
) -> int:
    """Encodes (name, package, tag, text) rows into one file; returns the number of tokens."""
    names, packages, tags = [], [], []
    texts: list[bytes] = []
    tokens: list[Tokens] = []
    batch: list[str] = []

    def flush() -> None:
        tokens.extend(np.array(ids, dtype=np.uint16) for ids in encode_many(batch))
        batch.clear()

    for name, package, tag, text in rows:
        names.append(name)
        packages.append(package)
        tags.append(tag)
        texts.append(text.encode())
        batch.append(text)
        if len(batch) == slice_size:
            flush()
    flush()
    joined = np.concatenate(tokens)
    with path.with_suffix(".part").open("wb") as out:
        np.savez(
            out,
            names=np.array(names),
            packages=np.array(packages),
            tags=np.array(tags),
            texts=np.frombuffer(b"".join(texts), dtype=np.uint8),
            text_offsets=np.cumsum([0, *map(len, texts)]),
            tokens=joined,
            token_offsets=np.cumsum([0, *map(len, tokens)]),
        )
    path.with_suffix(".part").replace(path)
    return len(joined)


def open_documents(path: Path, lengths: NDArray[np.int64]) -> Documents:
    """`lengths` are the bytes that each vocabulary entry stands for."""
    with np.load(path) as stored:
        return Documents(
            names=stored["names"].tolist(),
            packages=stored["packages"].tolist(),
            tags=stored["tags"].tolist(),
            texts=stored["texts"],
            text_offsets=stored["text_offsets"],
            tokens=stored["tokens"],
            token_offsets=stored["token_offsets"],
            lengths=lengths,
        )
