"""Which models suit a machine: pure functions of what it has and how fast it is.

The pair of the catalog is what every machine gets that has room for it. A larger second model is
proposed where it fits into memory and writes a line within the time that a person waits for it; a
larger first one, where it is quick enough to answer while somebody types. What may not be used
commercially is never proposed.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from ensemble.model_store.hardware import Hardware, MeasuredSpeed
from ensemble.models.default_models import MEMORY_PART
from ensemble.models.model_catalog import CatalogModel, TierRole

FIRST_SECONDS = 0.5
"""In so much time the first model should write a line."""

SECOND_SECONDS = 3.0
"""In so much time the second model should."""

_NEW_TOKENS = 40
"""How much of a prompt is new when a line is asked for: the rest is in the cache."""

_WRITTEN_TOKENS = 10
"""The length of a line."""

_TOKEN_COST = 4
"""What it takes to write one token of a few candidates, in tokens of a prompt that is read."""


class ProposedModel(msgspec.Struct, frozen=True):
    """A model for one rung of the cascade, and what to expect of it."""

    tier: TierRole
    name: str
    bytes: int
    """The size of the download."""
    memory: int
    """The bytes of memory that it takes."""
    license: str
    """In words."""
    line_seconds: float
    """How long it takes to write a line while somebody types, about."""


def recommend(
    models: Iterable[CatalogModel], pair: tuple[CatalogModel, ...], hardware: Hardware,
    speed: MeasuredSpeed,
) -> tuple[ProposedModel, ...]:  # fmt: skip
    """Return the models for a machine, the first tier first; empty where not even one fits."""
    budget = memory_budget(hardware)
    free = [model for model in models if model.commercial]
    quick = _most_weights(
        m for m in free if "small" in m.tiers and _line(m, speed) <= FIRST_SECONDS
    )
    # A second model is worth more than a larger first one.
    for small in (quick or pair[0], pair[0]):
        if large := _second(free, pair, small, budget, speed):
            return _proposal("small", small, speed), _proposal("large", large, speed)
    return (_proposal("small", pair[0], speed),) if pair[0].memory <= budget else ()


def _second(
    free: list[CatalogModel], pair: tuple[CatalogModel, ...], small: CatalogModel, budget: int,
    speed: MeasuredSpeed,
) -> CatalogModel | None:  # fmt: skip
    """Return the model that is to stand above the small one, None if none fits beside it."""
    fitting = [
        model
        for model in free
        if "large" in model.tiers
        and model.parameters > small.parameters
        and model.memory <= budget - small.memory
    ]
    quick = _most_weights(m for m in fitting if _line(m, speed) <= SECOND_SECONDS)
    return quick or (pair[-1] if pair[-1] in fitting else None)


def _proposal(tier: TierRole, model: CatalogModel, speed: MeasuredSpeed) -> ProposedModel:
    seconds = round(_line(model, speed), 2)
    return ProposedModel(tier, model.name, model.bytes, model.memory, model.terms, seconds)


def memory_budget(hardware: Hardware) -> int:
    """Return the bytes that models may take: of the card if there is one that can be used."""
    if hardware.gpu_usable and hardware.gpu_memory:
        return int(hardware.gpu_memory * 0.9)
    return int(hardware.memory * MEMORY_PART)


def _most_weights(models: Iterable[CatalogModel]) -> CatalogModel | None:
    """Return the model with the most weights; of equal ones the smallest file."""
    return max(models, key=lambda model: (model.parameters, -model.bytes), default=None)


def _line(model: CatalogModel, speed: MeasuredSpeed) -> float:
    """Return the seconds for a line, about."""
    tokens = _NEW_TOKENS + _WRITTEN_TOKENS * _TOKEN_COST
    return tokens * (model.active_parameters or model.parameters) / max(speed.weights, 1.0)
