"""Merging the weights of several models into one file, a tensor at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from ensemble.engines.local.file_worker import quantize
from ensemble.merging.compatibility import check_fit
from ensemble.merging.gguf_model import Dequantized, GgufModel, Raw, Tensor, Value
from ensemble.merging.provenance import described, inherited
from ensemble.merging.recipe import Recipe
from ensemble.merging.tensor_types import OutputType, output_type, quantized
from ensemble.merging.writing import OnProgress, PlannedTensor, in_place_of, write_gguf


class WrittenModel(msgspec.Struct, frozen=True):
    """A model file that was written."""

    path: Path
    """The file."""
    type: str
    """The name of the type that it is written in, such as Q8_0."""
    bytes: int
    """Its size."""


class Parents(msgspec.Struct, frozen=True):
    """What goes into a new model."""

    models: tuple[GgufModel, ...]
    """The models to merge."""
    base: GgufModel | None = None
    """The model that they were fine-tuned from, for methods that need task vectors."""

    @property
    def all(self) -> tuple[GgufModel, ...]:
        return self.models if self.base is None else (*self.models, self.base)

    def tensors(self, name: str) -> list[Tensor]:
        """Return the tensors of this name, the base's last."""
        return [model.tensors[name] for model in self.all]


def open_parents(paths: Sequence[Path], base: Path | None) -> Parents:
    """Open the models. Raises MergeError for what is no model, and Misfit where they differ."""
    parents = Parents(tuple(map(GgufModel, paths)), GgufModel(base) if base else None)
    check_fit(parents.all)
    return parents


def merge(
    parents: Parents,
    recipe: Recipe,
    out: Path,
    *,
    wanted_type: str,
    force: bool,
    on_progress: OnProgress,
) -> WrittenModel:
    """Write the merged model.

    Needs memory for a few copies of the largest tensor, however many models there are. Raises
    MergeError.
    """
    output = output_type(wanted_type, parents.models)
    metadata = inherited(parents.models) | described(
        out, output.file_type, parents.models, parents.base, recipe.facts()
    )
    tensors = [_planned(name, parents, recipe, output) for name in parents.models[0].tensors]
    with in_place_of(out, force=force) as part:
        write_model(part, metadata, tensors, output, on_progress)
    return WrittenModel(out, output.name, out.stat().st_size)


def write_model(
    path: Path,
    metadata: dict[str, Value],
    tensors: Sequence[PlannedTensor],
    output: OutputType,
    on_progress: OnProgress,
) -> None:
    """Write a file in any type: directly, or through llama.cpp's quantizer. Raises MergeError."""
    if not output.needs_llama:
        write_gguf(path, metadata, tensors, on_progress)
        return
    floats = path.with_suffix(".floats")
    try:
        write_gguf(floats, metadata, tensors, on_progress)
        on_progress(f"llama.cpp quantizes to {output.name}", 1, 1)
        quantize(str(floats), str(path), output.file_type)
    finally:
        floats.unlink(missing_ok=True)


def _planned(name: str, parents: Parents, recipe: Recipe, output: OutputType) -> PlannedTensor:
    tensors = parents.tensors(name)
    first = tensors[0]
    if output.copies(tensors):
        # Whatever the method: models that agree with each other, and with their base, stay as they
        # are. Nothing is lost by unpacking and packing what no method would change.
        return PlannedTensor(name, first.shape, first.type, lambda: (first.raw,))
    kind = output.stored_as(tensors)

    def merged() -> Iterable[Raw]:
        base = tensors[-1].values() if parents.base is not None else None
        yield quantized(
            recipe.combine(name, base, Dequantized(tensors[: len(parents.models)])), kind
        )

    return PlannedTensor(name, first.shape, kind, merged)
