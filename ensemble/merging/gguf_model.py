"""A model file that is read one tensor at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, overload

import gguf
import numpy as np
import numpy.typing as npt
from gguf import GGMLQuantizationType as TensorType
from gguf import GGUFValueType as ValueType

from ensemble.errors import MergeError, ModelRefused
from ensemble.models.gguf_header import read_header

Floats = npt.NDArray[np.float32]
"""A tensor's values, in the order in which they lie in the file."""
Raw = npt.NDArray[Any]
"""A tensor's bytes as the file holds them, one row after another."""


class Value(NamedTuple):
    """A value of the metadata."""

    content: Any
    """The value: a number, a string, or a list of such."""
    kind: ValueType
    """Its type."""
    element: ValueType | None = None
    """For an array, the type of its elements."""


class Tensor(NamedTuple):
    """One tensor of a file, mapped into memory: its bytes are read when they are used."""

    name: str
    """The tensor's name, such as `blk.0.ffn_up.weight`."""
    shape: tuple[int, ...]
    """Counted as numpy does: the length of a row comes last."""
    type: TensorType
    """ggml's type of the stored values."""
    raw: Raw
    """The stored bytes, row after row."""

    def values(self) -> Floats:
        """Return the values, whatever type they are stored in. Raises MergeError."""
        try:
            return gguf.quants.dequantize(self.raw, self.type)
        except NotImplementedError:
            raise MergeError(
                f"{self.name} is of the type {self.type.name}, which cannot be computed with"
            ) from None

    def same_bytes(self, other: Tensor) -> bool:
        """Tell whether two tensors are stored alike, to the last bit."""
        return (
            self.type is other.type
            and self.shape == other.shape
            and all(np.array_equal(mine, its) for mine, its in _bands(self.raw, other.raw))
        )


class Dequantized(Sequence[Floats]):
    """The values of several tensors, each computed when it is asked for and then forgotten, so that
    many models need no more memory than two."""

    def __init__(self, tensors: Sequence[Tensor]) -> None:
        self._tensors = tensors

    def __len__(self) -> int:
        return len(self._tensors)

    @overload
    def __getitem__(self, index: int) -> Floats: ...
    @overload
    def __getitem__(self, index: slice) -> Dequantized: ...
    def __getitem__(self, index: int | slice) -> Floats | Dequantized:
        if isinstance(index, slice):
            return Dequantized(self._tensors[index])
        return self._tensors[index].values()


class GgufModel:
    """A GGUF file: its metadata, and its tensors by name in the order of the file.

    Raises MergeError, which names the file and the remedy, if it is damaged or only a part of a
    model.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.name
        try:
            read_header(path)
            self._reader = gguf.GGUFReader(path)
        except ModelRefused as refusal:
            raise MergeError(str(refusal)) from refusal
        except (OSError, ValueError, KeyError, IndexError) as error:
            raise MergeError(f"{path}: not a usable model file: {error}") from error
        self._refuse_parts()
        self.tensors: Mapping[str, Tensor] = {
            tensor.name: Tensor(
                tensor.name,
                tuple(int(size) for size in reversed(tensor.shape)),
                tensor.tensor_type,
                tensor.data,
            )
            for tensor in self._reader.tensors
        }
        self.architecture = str(self.get("general.architecture", ""))

    @cached_property
    def metadata(self) -> dict[str, Value]:
        """Everything that the file says of itself, empty arrays left out."""
        return {key: value for key in self._keys() if (value := self._value(key)) is not None}

    @cached_property
    def sha256(self) -> str:
        """The hash of the whole file, in hexadecimal."""
        with self.path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()

    def get(self, key: str, default: Any = None) -> Any:
        """Return a value of the metadata without its type."""
        field = self._reader.fields.get(key)
        return default if field is None else field.contents()

    def _keys(self) -> Iterator[str]:
        # The reader invents these three for the numbers at the head of the file.
        return (key for key in self._reader.fields if not key.startswith("GGUF."))

    def _value(self, key: str) -> Value | None:
        field = self._reader.fields[key]
        kind = field.types[0]
        if kind is not ValueType.ARRAY:
            return Value(field.contents(), kind)
        return Value(field.contents(), kind, field.types[-1]) if field.data else None

    def _refuse_parts(self) -> None:
        if self._reader.endianess is not gguf.GGUFEndian.LITTLE:
            raise MergeError(f"{self.path}: is big-endian; convert it to little-endian first")
        if self.get("split.count", 1) > 1:
            raise MergeError(
                f"{self.path}: is one part of {self.get('split.count')}; "
                "join them first (llama-gguf-split --merge)"
            )
        if self.get("general.type", "model") == "adapter":
            raise MergeError(
                f"{self.path}: is an adapter, not a model; `models.NAME.adapters` applies it "
                "while the model runs"
            )


def _bands(left: Raw, right: Raw, rows: int = 4096) -> Iterator[tuple[Raw, Raw]]:
    """Yield pieces of two equal shapes, so that a comparison needs no memory of their size."""
    for start in range(0, len(left), rows):
        yield left[start : start + rows], right[start : start + rows]
