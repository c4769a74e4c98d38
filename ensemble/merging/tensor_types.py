"""What types tensors are written in, and which of them need llama.cpp."""

from __future__ import annotations

import math
from collections.abc import Sequence

import gguf
import numpy as np
from gguf import GGMLQuantizationType as TensorType
from gguf import LlamaFileType as FileType

from ensemble.errors import WrongRecipe
from ensemble.merging.gguf_model import Floats, GgufModel, Raw, Tensor

FALLBACK = "F16"
"""The type that a model is written in if its parents are of different types."""

_DIRECT = {"F32": FileType.ALL_F32} | {
    name: FileType[f"MOSTLY_{name}"] for name in ("F16", "BF16", "Q8_0", "Q4_0")
}
"""The types that numpy writes itself, with the number that stands for them in the metadata."""

_BY_LLAMA = {
    name: FileType[f"MOSTLY_{name}"]
    for name in (
        "Q4_1", "Q5_0", "Q5_1", "Q2_K", "Q3_K_S", "Q3_K_M", "Q3_K_L", "Q4_K_S", "Q4_K_M", "Q5_K_S",
        "Q5_K_M", "Q6_K", "IQ4_NL", "IQ4_XS",
    )
}  # fmt: skip
"""The types that llama.cpp's quantizer writes without statistics of activations."""


class OutputType:
    """The type that a file is written in, by the name that people use for it, such as Q4_K_M."""

    def __init__(self, name: str, parents: Sequence[GgufModel]) -> None:
        self.name = name
        self.needs_llama = name in _BY_LLAMA
        self.file_type = int((_DIRECT | _BY_LLAMA)[name])
        self._is_theirs = all(
            parent.get("general.file_type") == self.file_type for parent in parents
        )

    def copies(self, tensors: Sequence[Tensor]) -> bool:
        """Tell whether a tensor that the models store alike goes into the file as it is."""
        first, *others = tensors
        if first.type is not self.stored_as(tensors) and not self._is_theirs:
            return False
        return all(first.same_bytes(other) for other in others)

    def stored_as(self, tensors: Sequence[Tensor]) -> TensorType:
        """Return the type that numpy writes for what becomes of one tensor of each model.

        A file of the models' own type keeps the type of each tensor. Otherwise vectors and the
        router of experts stay in single precision, as in llama.cpp's own files, and where a row is
        no multiple of the type's block, half precision stands in. What llama.cpp will quantize is
        written in single precision first.
        """
        first = tensors[0]
        is_shared = all(tensor.type is first.type for tensor in tensors)
        if self._is_theirs and is_shared and first.type.name in _DIRECT:
            return first.type
        if len(first.shape) < 2 or self.needs_llama or first.name.endswith("ffn_gate_inp.weight"):
            return TensorType.F32
        block, _ = gguf.GGML_QUANT_SIZES[TensorType[self.name]]
        return TensorType[self.name] if first.shape[-1] % block == 0 else TensorType.F16

    def stacked_as(self, tensors: Sequence[Tensor]) -> TensorType:
        """Return the type that one tensor of each model gets when they are stacked as experts.

        Experts of the file's own type are not computed with, so that even a type that numpy cannot
        write stays.
        """
        first = tensors[0].type
        is_shared = all(tensor.type is first for tensor in tensors)
        return first if self._is_theirs and is_shared else self.stored_as(tensors)


def output_type(wanted: str, models: Sequence[GgufModel]) -> OutputType:
    """Return the type of this name, or, where none is given, the models' own if it is one.

    Raises WrongRecipe for a name that is not known, and lists those that are.
    """
    if not wanted:
        numbers = {model.get("general.file_type") for model in models}
        names = {int(number): name for name, number in (_DIRECT | _BY_LLAMA).items()}
        own = names.get(next(iter(numbers)), FALLBACK) if len(numbers) == 1 else FALLBACK
        return OutputType(own, models)
    name = wanted.upper()
    if name not in _DIRECT and name not in _BY_LLAMA:
        raise WrongRecipe(
            f"--type {wanted} is not a type that can be written; choose one of "
            + ", ".join((*_DIRECT, *_BY_LLAMA))
        )
    return OutputType(name, models)


def quantized(values: Floats, kind: TensorType) -> Raw:
    """Return the bytes of these values in a type that numpy writes."""
    return np.ascontiguousarray(gguf.quants.quantize(values, kind))


def byte_count(shape: tuple[int, ...], kind: TensorType) -> int:
    """Return how many bytes a tensor of this shape takes in a file."""
    block, size = gguf.GGML_QUANT_SIZES[kind]
    return math.prod(shape) // block * size
