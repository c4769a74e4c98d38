"""A mixture of experts from siblings: models of one shape that were trained on different texts.

llama.cpp's graph of the `llama` architecture reads a layer as a mixture when it has a router
(`ffn_gate_inp`) and stacked experts (`ffn_gate_exps`, `ffn_up_exps`, `ffn_down_exps`). The router's
scores go through a softmax over all experts, the `llama.expert_used_count` likeliest are computed,
and their probabilities are divided by their sum. So no other program is needed to run the result.

The experts are the siblings' feed-forward blocks, byte for byte where the type stays. Everything
else is shared: the siblings' average, or a base's. The routers are fitted to examples
(`ensemble.merging.moe.routers`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
import numpy as np
from gguf import GGMLQuantizationType as TensorType
from gguf import GGUFValueType as ValueType

from ensemble.engines.local.file_worker import quantize
from ensemble.errors import Misfit, WrongRecipe
from ensemble.merging.compatibility import BY_TOKEN
from ensemble.merging.gguf_model import Dequantized, Raw, Tensor, Value
from ensemble.merging.merge import Parents, WrittenModel
from ensemble.merging.methods import soup
from ensemble.merging.moe.routers import EXPERTS_USED, ROUTER, fit_routers
from ensemble.merging.provenance import described, inherited
from ensemble.merging.tensor_types import OutputType, output_type, quantized
from ensemble.merging.writing import OnProgress, PlannedTensor, in_place_of, write_gguf

_ARCHITECTURE = "llama"
_EXPERTS = {f"ffn_{part}.weight": f"ffn_{part}_exps.weight" for part in ("gate", "up", "down")}
"""The tensors of a feed-forward block, and what they are called when they are stacked."""


class Mixture(msgspec.Struct, frozen=True):
    """A mixture that was written."""

    file: WrittenModel
    """The file."""
    accuracy: tuple[float, ...]
    """For each layer the part, 0 to 1, of the held-out example tokens whose own expert its router
    ranks first; none if there were no examples."""


def build_mixture(
    parents: Parents,
    examples: Sequence[str],
    experts_used: int,
    out: Path,
    *,
    wanted_type: str,
    force: bool,
    on_progress: OnProgress,
) -> Mixture:
    """Write the mixture. `examples` has one text of each sibling's domain, or none at all.

    Raises Misfit where the siblings are not of the `llama` architecture, or have experts already,
    and WrongRecipe where the numbers do not fit them.
    """
    _check_siblings(parents)
    _check_numbers(len(parents.models), len(examples), experts_used)
    output = output_type(wanted_type, parents.models)
    with in_place_of(out, force=force) as part:
        floats = part.with_suffix(".floats")
        draft = floats if output.needs_llama else part
        try:
            _write(draft, parents, output, out, experts_used, on_progress)
            accuracy = fit_routers(draft, examples, experts_used, on_progress) if examples else ()
            if output.needs_llama:
                on_progress(f"llama.cpp quantizes to {output.name}", 1, 1)
                quantize(str(draft), str(part), output.file_type)
        finally:
            floats.unlink(missing_ok=True)
    return Mixture(WrittenModel(out, output.name, out.stat().st_size), accuracy)


def default_experts_used(models: int) -> int:
    """Return how many experts compute each token by default: two, as in Mixtral (Jiang et al. 2024,
    arXiv 2401.04088)."""
    return min(2, models)


def _check_siblings(parents: Parents) -> None:
    first = parents.models[0]
    if first.architecture != _ARCHITECTURE:
        raise Misfit(
            f"{first.name} is of the architecture {first.architecture}, and only siblings of the "
            f"architecture {_ARCHITECTURE} can be made into a mixture of experts. "
            f"`coterie models merge` takes any architecture. {BY_TOKEN}"
        )
    for name in first.tensors:
        short = _short(name)
        if short.startswith("ffn_") and short not in (*_EXPERTS, "ffn_norm.weight"):
            raise Misfit(
                f"the tensor {name} of {first.name} has no place in a mixture of experts, whose "
                "blocks have no biases and no experts of their own. "
                f"`coterie models merge` takes such models. {BY_TOKEN}"
            )


def _check_numbers(models: int, examples: int, experts_used: int) -> None:
    if models < 2:
        raise WrongRecipe("a mixture of experts needs at least two models")
    if examples not in (0, models):
        raise WrongRecipe(
            f"--prompts: {examples} for {models} models; give one for each, in the models' order"
        )
    if not 1 <= experts_used <= models:
        raise WrongRecipe(f"--experts-used {experts_used}: there are {models} experts")
    if not examples and experts_used < models:
        raise WrongRecipe(
            "without --prompts the router cannot tell the experts apart, and all must be used: "
            f"give one file of examples per model, or --experts-used {models}"
        )


def _write(
    path: Path,
    parents: Parents,
    output: OutputType,
    out: Path,
    experts_used: int,
    on_progress: OnProgress,
) -> None:
    """Write the mixture with routers that weigh all experts equally."""
    experts = len(parents.models)
    facts: dict[str, str | int | float | list[float]] = {
        "method": "moe",
        "experts_used": experts_used,
    }
    metadata = (
        inherited(parents.models)
        | described(out, output.file_type, parents.models, parents.base, facts)
        | {
            f"{_ARCHITECTURE}.expert_count": Value(experts, ValueType.UINT32),
            EXPERTS_USED: Value(experts, ValueType.UINT32),
        }
    )
    tensors: list[PlannedTensor] = []
    for name in parents.models[0].tensors:
        if _short(name) in _EXPERTS:
            tensors.append(_stacked(name, parents, output))
        else:
            tensors.append(_shared(name, parents, output))
        if _short(name) == "ffn_norm.weight":
            tensors.append(_router(name, parents))
    write_gguf(path, metadata, tensors, on_progress)


def _stacked(name: str, parents: Parents, output: OutputType) -> PlannedTensor:
    """Plan the experts of one tensor, one behind the other."""
    tensors = [model.tensors[name] for model in parents.models]
    kind = output.stacked_as(tensors)

    def pieces() -> Iterable[Raw]:
        for tensor in tensors:
            yield tensor.raw if tensor.type is kind else quantized(tensor.values(), kind)

    stacked = name.replace(_short(name), _EXPERTS[_short(name)])
    return PlannedTensor(stacked, (len(tensors), *tensors[0].shape), kind, pieces)


def _shared(name: str, parents: Parents, output: OutputType) -> PlannedTensor:
    """Plan a tensor that all experts share."""
    sources: list[Tensor] = (
        [parents.base.tensors[name]]
        if parents.base is not None
        else [model.tensors[name] for model in parents.models]
    )
    first = sources[0]
    if output.copies(sources):
        return PlannedTensor(name, first.shape, first.type, lambda: (first.raw,))
    kind = output.stored_as(sources)

    def pieces() -> Iterable[Raw]:
        yield quantized(soup(Dequantized(sources), (1.0,) * len(sources)), kind)

    return PlannedTensor(name, first.shape, kind, pieces)


def _router(norm: str, parents: Parents) -> PlannedTensor:
    """Plan the router that follows a layer's norm, without any preference yet."""
    (width,) = parents.models[0].tensors[norm].shape
    shape = (len(parents.models), width)
    name = norm.replace("ffn_norm.weight", ROUTER)
    return PlannedTensor(name, shape, TensorType.F32, lambda: (np.zeros(shape, np.float32),))


def _short(name: str) -> str:
    """Return a tensor's name without its layer: `ffn_up.weight` of `blk.3.ffn_up.weight`."""
    return name.split(".", 2)[-1] if name.startswith("blk.") else name
