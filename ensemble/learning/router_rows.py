"""What the router learns from, whether an evaluation or a user's own work gave it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ensemble.linear.linear_scorer import Features


@dataclass(frozen=True, slots=True)
class RouterRow:
    """A hole, and what became of the models' answers there."""

    features: Features
    """Those of the hole; see `ensemble.routing.hole_features`."""
    right: Mapping[str, float]
    """How right each model was, 0 to 1; models that were not asked are left out."""
    problem: str = ""
    """A task's problem, or some work in one document: rows of one problem are not independent of
    each other, and are held out together. "" for a problem of its own."""
