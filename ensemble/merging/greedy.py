"""The greedy soup: models join one after another, as long as the soup predicts better for it."""

from __future__ import annotations

from pathlib import Path

import msgspec

from ensemble.engines.local.file_worker import measure_loss
from ensemble.merging.merge import Parents, merge
from ensemble.merging.recipe import MergeMethod, recipe_for
from ensemble.merging.writing import OnProgress


class SoupResult(msgspec.Struct, frozen=True):
    """A greedy soup."""

    parents: Parents
    """The models that are in it, the best one first."""
    single: tuple[float, ...]
    """The loss of each of the given models alone, in bits per byte."""
    soup: float
    """The loss of the soup, in bits per byte."""


def choose_members(
    parents: Parents, text: str, out: Path, wanted_type: str, on_progress: OnProgress
) -> SoupResult:
    """Choose the models whose average predicts a held-out text best.

    Wortsman et al. 2022 (arXiv 2203.05482), recipe 1: in the order of their own loss, each model
    stays in the soup if that does not get worse by it. Every soup is written next to `out` in the
    type that is wanted, measured, and deleted. Raises MergeError.
    """
    count = len(parents.models)
    single = []
    for number, model in enumerate(parents.models):
        on_progress(f"measures {model.name}", number, 2 * count - 1)
        single.append(_bits_per_byte(model.path, text))
    order = sorted(range(count), key=single.__getitem__)
    chosen, best = [order[0]], single[order[0]]
    for number, index in enumerate(order[1:], start=count):
        model = parents.models[index]
        on_progress(f"tries {model.name}", number, 2 * count - 1)
        candidate = [*chosen, index]
        loss = _soup_loss(_subset(parents, candidate), text, out, wanted_type)
        if loss <= best:
            chosen, best = candidate, loss
    return SoupResult(_subset(parents, chosen), tuple(single), best)


def _soup_loss(parents: Parents, text: str, out: Path, wanted_type: str) -> float:
    trial = out.with_name(f".{out.name}.soup")
    recipe = recipe_for(MergeMethod.SOUP, len(parents.models), has_base=False)
    try:
        merge(
            parents, recipe, trial,
            wanted_type=wanted_type, force=True, on_progress=lambda *_: None,
        )  # fmt: skip
        return _bits_per_byte(trial, text)
    finally:
        trial.unlink(missing_ok=True)


def _subset(parents: Parents, indices: list[int]) -> Parents:
    return Parents(tuple(parents.models[index] for index in indices))


def _bits_per_byte(path: Path, text: str) -> float:
    (loss,) = measure_loss(str(path), (text,))
    return loss.bits_per_byte
