"""What the router learns from, whether an evaluation or a user's own work gave it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ensemble.routing.hole_features import Features


@dataclass(frozen=True, slots=True)
class RouterRow:
    """A hole's features and how right each model was there, 0 to 1; models that were not asked
    are left out. Rows of one `group` (a problem, a day) are not independent of each other."""

    features: Features
    right: Mapping[str, float]
    group: str = ""
