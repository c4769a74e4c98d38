"""The greedy soup: models join one after another, as long as the soup predicts better for it."""

from __future__ import annotations

from pathlib import Path

import msgspec

from ensemble.engines.local.file_worker import measure_loss
from ensemble.merging.merge import Parents, merge
from ensemble.merging.recipe import MergeMethod, recipe_for
from ensemble.merging.writing import OnProgress


class SoupResult(msgspec.Struct, frozen=True):
    """The models that are in the soup, the best one first, and what was measured in bits per byte:
    for each model of those given, and for the soup."""

    parents: Parents
    single: tuple[float, ...]
    soup: float


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
    for place, model in enumerate(parents.models):
        on_progress(f"measures {model.name}", place, 2 * count - 1)
        single.append(_bits_per_byte(model.path, text))
    order = sorted(range(count), key=single.__getitem__)
    chosen, best = [order[0]], single[order[0]]
    for place, index in enumerate(order[1:]):
        model = parents.models[index]
        on_progress(f"tries {model.name}", count + place, 2 * count - 1)
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
