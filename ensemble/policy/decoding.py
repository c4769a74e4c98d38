"""How a tier's model writes a text together with a second one, or with the prompt, as data."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

import msgspec


class DecodingMethod(StrEnum):
    """Ways to choose each token other than asking one model for it."""

    SPECULATIVE = "speculative"
    """The partner drafts, the model verifies: its own text, sooner (Leviathan et al. 2023)."""
    LOOKUP = "lookup"
    """The prompt drafts: what followed the last tokens where they stood before (Saxena 2023)."""
    SPECULATIVE_CASCADE = "speculative-cascade"
    """The partner's tokens stay where the model agrees enough (Narasimhan et al. 2025)."""
    FUSION = "fusion"
    """The weighted mean of what both expect next; their vocabularies may differ."""
    ONE_PER_TOKEN = "one-per-token"
    """One of the two, drawn for each token, speaks: fusion's distribution at half its cost."""
    CONTRASTIVE = "contrastive"
    """What the model expects and the weaker partner does not (Li et al. 2023)."""

    @property
    def lossless(self) -> bool:
        """Whether the texts are distributed as the model's alone, so that a model that cannot do
        it may leave it out."""
        return self in (DecodingMethod.SPECULATIVE, DecodingMethod.LOOKUP)


class Decoding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A method with its partner, a local model of the same host, and its numbers.

    Raises ValueError for numbers out of range, for a missing partner, and for one that has no use.
    """

    method: DecodingMethod
    """How each token is chosen."""
    partner: str = ""
    """The name of the second model; "" where the prompt drafts."""
    draft: int = 8
    """How many tokens are drafted at most before the model looks at them."""
    confidence: float = 0.4
    """The probability that the drafter's best token must have for it to go on."""
    weight: float = 0.5
    """The share of the tier's own model in a fusion, or in the draw of the speaker; in contrastive
    decoding, how much of the partner's log-probability is subtracted."""
    pooling: Literal["linear", "log-linear"] = "linear"
    """Which mean a fusion takes: of probabilities or of their logarithms."""
    tolerance: float = 0.5
    """Of the speculative cascade: a token stays if the model gives it at least 1 − tolerance of
    its best token's probability."""
    plausible: float = 0.1
    """Of contrastive decoding: only tokens with at least this fraction of the best one's
    probability are compared."""

    def __post_init__(self) -> None:
        alone = self.method is DecodingMethod.LOOKUP
        if alone and self.partner:
            raise ValueError(f"decoding.partner: {self.method.value} needs no second model")
        if not alone and not self.partner:
            raise ValueError(f"decoding.partner: {self.method.value} needs a second model's name")
        if not 1 <= self.draft <= _MOST_DRAFTED:
            raise ValueError(f"decoding.draft: {self.draft} is not between 1 and {_MOST_DRAFTED}")
        for name in ("confidence", "weight", "tolerance", "plausible"):
            value = getattr(self, name)
            if not 0 <= value <= 1:
                raise ValueError(f"decoding.{name}: {value:g} is not between 0 and 1")


_MOST_DRAFTED = 64
