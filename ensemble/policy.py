"""How to ask and how to choose, as data."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from code_checks.hole import Extent


class Trigger(StrEnum):
    """What made the editor ask."""

    AUTOMATIC = "automatic"
    INVOKED = "invoked"


class Tier(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rung of the cascade.

    The tier decides when a candidate that no check failed reaches `quorum` (its share of the
    weighted votes, 0 to 1) and its mean token log-probability is at least `confidence`.
    """

    model: str
    samples: int = 1
    quorum: float = 0.5
    confidence: float = float("-inf")


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Tiers, gates, thresholds and votes.

    `gates` are the checks whose FAIL removes a candidate. An answer that no tier decided is shown
    only if its share reaches `minimum_agreement` and its confidence `minimum_confidence`;
    with `verified_only`, only if some check also passed it. `weights` multiplies a model's votes.
    """

    tiers: tuple[Tier, ...]
    name: str = "default"
    gates: tuple[str, ...] = ("syntax", "names")
    temperature: float = 0.7
    minimum_agreement: float = 0.5
    minimum_confidence: float = float("-inf")
    verified_only: bool = False
    weights: dict[str, float] = {}


class Route(msgspec.Struct, frozen=True):
    """What this request may spend. `deadline` is in seconds from now."""

    tiers: tuple[Tier, ...]
    extent: Extent
    gates: tuple[str, ...]
    deadline: float
    max_tokens: int
    reason: str = ""
