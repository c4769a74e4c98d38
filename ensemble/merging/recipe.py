"""What is to be done with the models: the method and its numbers, complete and checked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import StrEnum

import msgspec

from ensemble.errors import WrongRecipe
from ensemble.merging import methods
from ensemble.merging.gguf_model import Floats

_UNTUNED_TASK_WEIGHT = 0.4
"""What Ilharco et al. 2023 recommend where no validation set tells better (section 4)."""
_DENSITIES = {"ties": 0.2, "dare": 0.5}
"""Yadav et al. 2023 keep a fifth; Yu et al. 2024 drop half and more."""


class MergeMethod(StrEnum):
    """The ways to merge weights, by the names that people use for them."""

    SOUP = "soup"
    GREEDY_SOUP = "greedy-soup"
    SLERP = "slerp"
    TASK = "task"
    TIES = "ties"
    DARE = "dare"

    @property
    def needs_base(self) -> bool:
        """Whether task vectors are added up, which are differences from a base."""
        return self in (MergeMethod.TASK, MergeMethod.TIES, MergeMethod.DARE)


class Recipe(msgspec.Struct, frozen=True):
    """A method and its numbers."""

    method: MergeMethod
    """The way to merge."""
    weights: tuple[float, ...]
    """One for each model."""
    density: float = 1.0
    """The part of a task vector's entries, above 0 and up to 1, that stays; for TIES and DARE."""
    scale: float = 1.0
    """What a merged task vector is multiplied by."""
    seed: int = 0
    """Decides which entries DARE drops."""

    def combine(self, name: str, base: Floats | None, tensors: Sequence[Floats]) -> Floats:
        """Return what becomes of the models' tensors of this name."""
        if base is None:
            if self.method is MergeMethod.SLERP:
                first, second = tensors
                return methods.slerp(first, second, self.weights[1] / sum(self.weights))
            return methods.soup(tensors, self.weights)
        match self.method:
            case MergeMethod.TIES:
                return methods.ties(base, tensors, self.weights, self.density, self.scale)
            case MergeMethod.DARE:
                weights = [self.scale * weight for weight in self.weights]
                return methods.dare(base, tensors, weights, self.density, self.seed, name)
            case _:
                weights = [self.scale * weight for weight in self.weights]
                return methods.task_arithmetic(base, tensors, weights)

    def facts(self) -> dict[str, str | int | float | list[float]]:
        """Return what the made model says of this recipe."""
        facts: dict[str, str | int | float | list[float]] = {
            "method": str(self.method),
            "weights": list(self.weights),
        }
        if self.method.needs_base:
            facts["scale"] = self.scale
        if self.method in (MergeMethod.TIES, MergeMethod.DARE):
            facts["density"] = self.density
        if self.method is MergeMethod.DARE:
            facts["seed"] = self.seed
        return facts


def recipe_for(
    method: MergeMethod,
    models: int,
    *,
    has_base: bool,
    weights: Sequence[float] = (),
    density: float | None = None,
    scale: float = 1.0,
    seed: int = 0,
) -> Recipe:
    """Fill in the numbers that were not given and check the others, for so many models.

    Raises WrongRecipe, which says what the method needs.
    """
    if models < 2:
        raise WrongRecipe(f"--method {method} needs at least two models")
    if method is MergeMethod.SLERP and models != 2:
        raise WrongRecipe(f"--method slerp goes from one model to another, not through {models}")
    if method.needs_base and not has_base:
        raise WrongRecipe(f"--method {method} needs --base, the model that the others come from")
    if has_base and not method.needs_base:
        raise WrongRecipe(f"--method {method} has no use for --base; task, ties and dare have")
    if density is not None and (method not in _DENSITIES or not 0 < density <= 1):
        raise WrongRecipe(f"--density {density:g}: ties and dare take one above 0, up to 1")
    if not math.isfinite(scale) or (scale != 1 and not method.needs_base):
        raise WrongRecipe(f"--scale {scale:g}: task, ties and dare take a number")
    return Recipe(
        method,
        _weights(method, models, weights),
        density if density is not None else _DENSITIES.get(method, 1.0),
        scale,
        seed,
    )


def _weights(method: MergeMethod, models: int, given: Sequence[float]) -> tuple[float, ...]:
    """Return one weight per model: those given, one for all, or the method's own. A single one for
    SLERP is the part of the way to the second model."""
    if not given:
        own = {MergeMethod.TASK: _UNTUNED_TASK_WEIGHT, MergeMethod.DARE: 1 / models}
        return (own.get(method, 1.0),) * models
    if method is MergeMethod.SLERP and len(given) == 1 and 0 <= given[0] <= 1:
        return 1 - given[0], given[0]
    listed = ",".join(f"{weight:g}" for weight in given)
    if method is MergeMethod.GREEDY_SOUP:
        raise WrongRecipe("--method greedy-soup weighs its models itself; leave --weights out")
    if len(given) not in (1, models):
        raise WrongRecipe(f"--weights {listed}: {len(given)} weights for {models} models")
    if not all(map(math.isfinite, given)):
        raise WrongRecipe(f"--weights {listed}: not every weight is a number")
    if method in (MergeMethod.SOUP, MergeMethod.SLERP, MergeMethod.TIES) and (
        min(given) < 0 or not sum(given)
    ):
        raise WrongRecipe(f"--weights {listed}: {method} takes none below 0, and not only zeros")
    return tuple(given) * (models if len(given) == 1 else 1)
