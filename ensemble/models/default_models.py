"""The models that answer where nobody has configured any: the user's own, else the embedded pair.

Of the user's folder the smallest and the largest file are taken that can fill in the middle, if
they fit into memory. What is in between is used when somebody configures it.
"""

from __future__ import annotations

from collections.abc import Mapping

from ensemble.machine_memory import machine_memory
from ensemble.models.kept_models import KeptModel, kept_models
from ensemble.models.model_catalog import WORKING_BYTES
from ensemble.models.registry import ModelSpec, embedded_models

MEMORY_PART = 0.5
"""The part of the machine's memory that the models may take together: an editor, a browser and a
compiler need the rest."""


def default_models() -> dict[str, ModelSpec]:
    """Return the models that a policy may name where none are configured, by their names.

    They are called `small` and `large`; a single one is called `small`.
    """
    chosen = _chosen(kept_models())
    if not chosen:
        return {model.role: model.spec() for model in embedded_models()}
    return {
        name: ModelSpec(name=name, path=str(model.path))
        for name, model in zip(("small", "large"), chosen, strict=False)
    }


def known_models(configured: Mapping[str, ModelSpec]) -> dict[str, ModelSpec]:
    """Return every model that a policy may name: the default ones, unless a configured model takes
    their name, then the configured ones in their order."""
    return default_models() | dict(configured)


def _chosen(models: tuple[KeptModel, ...]) -> tuple[KeptModel, ...]:
    """Return the smallest model, and the largest one that fits beside it; one file that lies there
    under two names is one model."""
    budget = machine_memory() * MEMORY_PART
    different = {model.sha256 or model.file: model for model in models}
    sizes = sorted(different.values(), key=lambda model: model.bytes)
    if not sizes or _taken(sizes[0]) > budget:
        return ()
    small = sizes[0]
    fitting = [model for model in sizes[1:] if _taken(small) + _taken(model) <= budget]
    return (small, fitting[-1]) if fitting else (small,)


def _taken(model: KeptModel) -> int:
    return model.bytes + WORKING_BYTES
