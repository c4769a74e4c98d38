"""The methods that have not been worth their cost in any measurement of ours.

They are off unless a policy names them, they may change or go, and docs/ensembles.md says so with
the same words. A method that gains leaves this list.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

EXPERIMENTAL: Mapping[str, str] = MappingProxyType(
    {
        "ranked_by": "no gain to be measured: 1 of 40 one-line holes right, as by the vote alone "
        "(former stand-ins)",
        "tiers.sees": "no gain to be measured: 2 of 40 one-line holes right, 1 by the vote alone "
        "(former stand-ins)",
        "tiers.context": "no better than gathering less: compressed to 390 characters 4.3 % of the "
        "wanted names are brought, gathered for 411 characters 5.2 %",
        "tiers.decoding": "on a processor nothing pays: at most 0.76 of the large model's speed, "
        "and no more holes right (embedded pair)",
    }
)
"""The policy's field that switches a method on, and what was measured of it."""
