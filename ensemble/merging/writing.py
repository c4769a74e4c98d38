"""Writing a GGUF file tensor by tensor, so that it is there as a whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import gguf
import numpy as np
from gguf import GGMLQuantizationType as TensorType

from ensemble.errors import MergeError
from ensemble.merging.gguf_model import Raw, Value
from ensemble.merging.tensor_types import byte_count

OnProgress = Callable[[str, int, int], None]
"""Is told what is being done, how far it is, and how far it will be, in bytes or in steps."""


class PlannedTensor(NamedTuple):
    """A tensor that will be written."""

    name: str
    """The tensor's name."""
    shape: tuple[int, ...]
    """Counted as numpy does: the length of a row comes last."""
    type: TensorType
    """ggml's type of the stored values."""
    pieces: Callable[[], Iterable[Raw]]
    """Computes its bytes, in one or several pieces that follow each other."""

    @property
    def bytes(self) -> int:
        """The size of all pieces."""
        return byte_count(self.shape, self.type)


def refuse_overwriting(path: Path, *, force: bool) -> None:
    """Raise MergeError if a file is there already and `force` is off, or its folder is not."""
    if path.exists() and not force:
        raise MergeError(f"{path}: is there already; --force writes over it")
    if not path.parent.is_dir():
        raise MergeError(f"{path}: there is no folder {path.parent}")


@contextmanager
def in_place_of(path: Path, *, force: bool) -> Iterator[Path]:
    """Give a new file in the same folder that takes the place of `path` at the end of the block.

    If the block raises, nothing is left of it. Raises MergeError if `path` may not or cannot be
    written.
    """
    refuse_overwriting(path, force=force)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.touch()
        yield part
        with part.open("rb") as stream:
            os.fsync(stream.fileno())
        part.replace(path)
    except OSError as error:
        raise MergeError(f"{path}: cannot be written: {error.strerror or error}") from error
    finally:
        part.unlink(missing_ok=True)


def write_gguf(
    path: Path,
    metadata: Mapping[str, Value],
    tensors: Sequence[PlannedTensor],
    on_progress: OnProgress,
) -> None:
    """Write a file of these tensors, one after the other; only one is in memory at a time."""
    architecture = str(metadata["general.architecture"].content)
    writer = gguf.GGUFWriter(path, architecture)
    for key, value in metadata.items():
        if key not in ("general.architecture", "general.alignment"):
            writer.add_key_value(key, value.content, value.kind, value.element)
    for tensor in tensors:
        writer.add_tensor_info(
            tensor.name, tensor.shape, np.dtype(np.void), tensor.bytes, tensor.type
        )
    total, done = sum(tensor.bytes for tensor in tensors), 0
    try:
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_ti_data_to_file()
        for tensor in tensors:
            on_progress(tensor.name, done, total)
            _write_tensor(writer, tensor)
            done += tensor.bytes
        on_progress("", total, total)
    finally:
        writer.close()


def _write_tensor(writer: gguf.GGUFWriter, tensor: PlannedTensor) -> None:
    # The writer's own method wants a tensor in one piece; experts would be copied to make one.
    assert writer.fout is not None
    (stream,) = writer.fout
    writer.write_padding(stream, stream.tell())
    written = 0
    for piece in tensor.pieces():
        piece.tofile(stream)
        written += piece.nbytes
    if written != tensor.bytes:
        raise AssertionError(f"{tensor.name}: {written} bytes instead of {tensor.bytes}")
    writer.write_padding(stream, written)
