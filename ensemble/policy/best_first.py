"""The best model first, and more voices only where its text is refused or it is unsure.

A line that the best model writes greedily is right most of the time, and costs one prompt and a few
tokens. Where it is refused by a check or unsure, the same model is asked for more texts, whose
prompt is in its cache, and then the second best model for its opinion. Where the function around
the hole has examples in its documentation, these judge lines and blocks, too, once somebody has
asked. So the policy does not do worse than its best model by more than noise, and costs little
more. What it is worth with real models is in docs/ensembles.md.
"""

from __future__ import annotations

from collections.abc import Sequence

from code_checks.hole import Extent
from ensemble.policy.policy import Policy, Tier

NAME = "best-first"

_SURE = -0.35
"""The mean log-probability with which the greedy text decides if it passes the checks."""
_AGREED = 0.6
"""The share of the votes that decides behind it: two of the best model's three."""
_SECOND_WEIGHT = 0.5
"""What a vote of the second best model is worth: it never outvotes the best one alone."""


def best_first(models: Sequence[str]) -> Policy:
    """Return the policy for these models, the best one last. Raises ValueError for none."""
    if not models:
        raise ValueError("a policy needs a model")
    *others, best = models
    tiers = [
        Tier(best, samples=1, confidence=_SURE),
        Tier(best, samples=2, quorum=_AGREED, draws=2),
    ]
    if others:
        tiers.append(Tier(others[-1], samples=1, quorum=_AGREED))
    return Policy(
        tuple(tiers),
        NAME,
        weights=dict.fromkeys(others[-1:], _SECOND_WEIGHT),
        prefer=(best, *others[-1:]),
        tested_extents=(Extent.LINE, Extent.BLOCK),
        last_resort=True,  # Examples also fail because the function is not finished yet.
    )
