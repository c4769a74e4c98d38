"""The head of a GGUF file, read without llama.cpp, so that a broken file is refused by name.

The layout is that of the GGUF specification, versions 2 and 3 (ggml, docs/gguf.md): magic, version,
counts, key-value pairs, tensor descriptions, padding, tensor data. Only what the list of models
shows is kept; everything else is stepped over.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from mmap import ACCESS_READ, mmap
from pathlib import Path

import msgspec

from ensemble.errors import ModelRefused

_MAGIC = b"GGUF"
_VERSIONS = (2, 3)
# No model comes near these; a random or byte-swapped file exceeds them at once.
_MOST_TENSORS = 1_000_000
_MOST_PAIRS = 1_000_000
_MOST_DIMENSIONS = 8

# GGUF's value types with one fixed size; 8 is a string and 9 an array.
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q",
            12: "d"}  # fmt: skip
_STRING, _ARRAY = 8, 9


class GgufHeader(msgspec.Struct, frozen=True):
    """What the head of a model file says."""

    path: str
    """The file."""
    bytes: int
    """Its size."""
    architecture: str
    """The model's architecture, by llama.cpp's name for it."""
    name: str
    """The model's name, "" if the metadata has none."""
    parameters: int
    """The elements of all tensors."""
    tensors: int
    """The number of tensors."""
    context: int
    """The tokens of the context that it was trained with; 0 if the metadata does not tell."""
    fim: str
    """The declared order of the fill-in-the-middle pieces, "" if no such tokens are declared."""


class _Broken(Exception):
    """The bytes are not those of a usable GGUF file; the argument says why."""


class _Cursor:
    """A position in the file that moves forward as values are read."""

    def __init__(self, data: mmap) -> None:
        self.data = data
        self.position = 0

    def skip(self, count: int) -> None:
        if count > len(self.data) - self.position:
            raise _Broken("it ends in the middle of its own description")
        self.position += count

    def number(self, kind: str) -> int | float | bool:
        start = self.position
        self.skip(struct.calcsize(f"<{kind}"))
        value: int | float | bool = struct.unpack_from(f"<{kind}", self.data, start)[0]
        return value

    def count(self, kind: str = "Q") -> int:
        return int(self.number(kind))

    def skip_string(self) -> None:
        self.skip(self.count())

    def string(self) -> str:
        length = self.count()
        start = self.position
        self.skip(length)
        return self.data[start : self.position].decode("utf-8", errors="replace")


def read_header(path: str | Path) -> GgufHeader:
    """Return what the head of a GGUF file says.

    Raises ModelRefused with one message that names the file and the remedy, if the file is missing,
    unreadable, not GGUF, damaged, or shorter than the tensors it describes.
    """
    file = Path(path)
    try:
        if not file.is_file():
            raise ModelRefused(f"{file}: no such model file. Correct the path in the settings.")
        with file.open("rb") as stream:
            if stream.read(4) != _MAGIC:
                raise _Broken("it does not begin like a GGUF file")
            with mmap(stream.fileno(), 0, access=ACCESS_READ) as data:
                return _parse(str(file), data)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ModelRefused(
            f"{file}: the model file cannot be read ({reason}). Correct its permissions."
        ) from error
    except _Broken as broken:
        raise ModelRefused(
            f"{file}: not a usable model file: {broken}. Download or copy it again."
        ) from None


def _parse(path: str, data: mmap) -> GgufHeader:
    cursor = _Cursor(data)
    cursor.skip(len(_MAGIC))
    version = cursor.count("I")
    if version not in _VERSIONS:
        raise _Broken(f"GGUF version {version} is not one of {', '.join(map(str, _VERSIONS))}")
    tensors, pairs = cursor.count(), cursor.count()
    if not 0 < tensors <= _MOST_TENSORS or not 0 < pairs <= _MOST_PAIRS:
        raise _Broken(f"it claims {tensors} tensors and {pairs} metadata keys")
    metadata = dict(_pairs(cursor, pairs))
    architecture = str(metadata.get("general.architecture", ""))
    if not architecture:
        raise _Broken("its metadata names no architecture")
    parameters, end = _tensors(cursor, tensors)
    alignment = _whole(metadata.get("general.alignment")) or 32
    needed = -(-cursor.position // alignment) * alignment + end
    if needed > len(data):
        raise _Broken(f"it is cut short: {len(data):,} bytes where its tensors need {needed:,}")
    return GgufHeader(
        path=path,
        bytes=len(data),
        architecture=architecture,
        name=str(metadata.get("general.name", "")),
        parameters=parameters,
        tensors=tensors,
        context=_whole(metadata.get(f"{architecture}.context_length")),
        fim=_fim_order(metadata),
    )


def _pairs(cursor: _Cursor, count: int) -> Iterator[tuple[str, object]]:
    """Yield the metadata's pairs; arrays are stepped over and come as None."""
    for _ in range(count):
        key = cursor.string()
        yield key, _value(cursor, cursor.count("I"))


def _value(cursor: _Cursor, kind: int) -> object:
    if kind == _STRING:
        return cursor.string()
    if kind == _ARRAY:
        _skip_array(cursor)
        return None
    if kind not in _SCALARS:
        raise _Broken(f"its metadata holds a value of the unknown type {kind}")
    return cursor.number(_SCALARS[kind])


def _skip_array(cursor: _Cursor) -> None:
    kind, length = cursor.count("I"), cursor.count()
    if kind in _SCALARS:
        cursor.skip(length * struct.calcsize(f"<{_SCALARS[kind]}"))
        return
    if kind != _STRING:
        raise _Broken(f"its metadata holds an array of the unsupported type {kind}")
    for _ in range(length):
        cursor.skip_string()


def _tensors(cursor: _Cursor, count: int) -> tuple[int, int]:
    """Step over the tensors' descriptions; return the sum of their elements and the end of the
    last one, in bytes from the beginning of the data."""
    # gguf brings numpy, which takes longer than starting the server; only this function needs it.
    from gguf import GGML_QUANT_SIZES  # noqa: PLC0415

    blocks = {int(kind): sizes for kind, sizes in GGML_QUANT_SIZES.items()}
    parameters = end = 0
    for _ in range(count):
        cursor.skip_string()
        dimensions = cursor.count("I")
        if dimensions > _MOST_DIMENSIONS:
            raise _Broken(f"a tensor claims {dimensions} dimensions")
        elements = 1
        for _ in range(dimensions):
            elements *= cursor.count()
        kind, offset = cursor.count("I"), cursor.count()
        # Of a type that gguf does not know only the beginning of the data is checked.
        block, size = blocks.get(kind, (1, 0))
        parameters += elements
        end = max(end, offset + -(-elements // block) * size)
    return parameters, end


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0


def _fim_order(metadata: dict[str, object]) -> str:
    if declared := metadata.get("coterie.fim.order"):
        return str(declared)
    keys = ("tokenizer.ggml.fim_pre_token_id", "tokenizer.ggml.prefix_token_id")
    return "prefix-suffix-middle" if any(key in metadata for key in keys) else ""
