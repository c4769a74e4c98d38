"""Whether models can be made into one, and, if not, what differs and what still works with them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from ensemble.errors import Misfit
from ensemble.merging.gguf_model import GgufModel

BY_TEXT = (
    "A vote, a cascade or routing still work, because they need texts only: give each model a "
    "tier of its own in `tiers`"
)
"""What works for any two models."""

BY_TOKEN = (
    "Speculative decoding, fusion and the other ways to decode in pairs still work, because the "
    "vocabulary is the same, and so do a vote or a cascade: give each model a tier of its own in "
    "`tiers`"
)
"""What works for models of one vocabulary."""

_LISTS = {
    "tokenizer.ggml.tokens": "token",
    "tokenizer.ggml.token_type": "the type of token",
    "tokenizer.ggml.scores": "the score of token",
    "tokenizer.ggml.merges": "merge",
}
_FREE = ("context_length", "vocab_size")
"""Hyper-parameters that say nothing about the weights, or what the tensors' shapes say already."""


def check_fit(models: Sequence[GgufModel]) -> None:
    """Compare every model with the first.

    Raises Misfit with one message: architecture, token, tensor or hyper-parameter, whichever of
    them is the first to differ.
    """
    first, *others = models
    for other in others:
        vocabulary = vocabulary_difference(first, other)
        found = (
            architecture_difference(first, other) or vocabulary or weight_difference(first, other)
        )
        if found:
            raise Misfit(f"{found}. {BY_TEXT if vocabulary else BY_TOKEN}")


def architecture_difference(first: GgufModel, other: GgufModel) -> str:
    """Say which architectures two models have, "" if it is one."""
    if first.architecture == other.architecture:
        return ""
    return (
        f"{other.name} is of the architecture {other.architecture}, "
        f"{first.name} of {first.architecture}"
    )


def vocabulary_difference(first: GgufModel, other: GgufModel) -> str:
    """Say in what the vocabularies of two models differ first, "" if they are the same."""
    for key in ("tokenizer.ggml.model", "tokenizer.ggml.pre"):
        if first.get(key) != other.get(key):
            return _unequal(key, first, first.get(key), other, other.get(key))
    for key, thing in _LISTS.items():
        ours, theirs = first.get(key) or (), other.get(key) or ()
        for index, (mine, its) in enumerate(itertools.zip_longest(ours, theirs)):
            if mine != its:
                return _unequal(f"{thing} {index}", first, mine, other, its)
    return next(_special_tokens(first, other), "")


def weight_difference(first: GgufModel, other: GgufModel) -> str:
    """Say which tensor or hyper-parameter differs first, "" if weights can be added up."""
    for name, tensor in first.tensors.items():
        if name not in other.tensors:
            return f"the tensor {name} of {first.name} is missing in {other.name}"
        if other.tensors[name].shape != tensor.shape:
            return (
                f"the tensor {name} is {_times(tensor.shape)} in {first.name}, "
                f"but {_times(other.tensors[name].shape)} in {other.name}"
            )
    for name in other.tensors:
        if name not in first.tensors:
            return f"the tensor {name} of {other.name} is missing in {first.name}"
    return next(_hyperparameters(first, other), "")


def _hyperparameters(first: GgufModel, other: GgufModel) -> Iterator[str]:
    prefix = f"{first.architecture}."
    for key in sorted(first.metadata.keys() | other.metadata.keys()):
        if key.startswith(prefix) and key.removeprefix(prefix) not in _FREE:
            mine, its = first.get(key), other.get(key)
            if mine != its:
                yield _unequal(key, first, mine, other, its)


def _special_tokens(first: GgufModel, other: GgufModel) -> Iterator[str]:
    """Compare the tokens that have a role. One that only one model names is no contradiction."""
    for key in sorted(first.metadata.keys() & other.metadata.keys()):
        if key.startswith("tokenizer.ggml.") and key.endswith("_token_id"):
            mine, its = first.get(key), other.get(key)
            if mine != its:
                yield _unequal(key, first, mine, other, its)


def _unequal(what: str, first: GgufModel, mine: object, other: GgufModel, its: object) -> str:
    return f"{what} is {_shown(mine)} in {first.name}, but {_shown(its)} in {other.name}"


def _shown(value: object) -> str:
    return "missing" if value is None else repr(value)


def _times(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape))
