"""What became of suggestions, in figures: no text, no name of a file.

Everything that is learned from use is learned from these rows; see `ensemble.learning.evidence`.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from ensemble.learning.row_store import RowStore
from ensemble.linear.linear_scorer import Features
from ensemble.user_data import data_folder

LIMIT = 50_000
"""Rows that are kept: some 20 MB, years of one person's work."""


class SuggestionEnding(StrEnum):
    """What its user did with a suggestion."""

    ACCEPTED = "accepted"
    """Had all of it inserted."""
    PARTIAL = "partial"
    """Had words or lines of it inserted, then went on otherwise."""
    TYPED = "typed"
    """Typed just this by hand."""
    PASSED = "passed"
    """Typed something else."""
    DISMISSED = "dismissed"
    """Sent it away, as the client said."""
    IGNORED = "ignored"
    """Turned elsewhere; it is unknown whether the suggestion was read."""


class SuggestionOutcome(msgspec.Struct, frozen=True, omit_defaults=True):
    """One suggestion and its end."""

    day: str
    """When it was made, as in 2025-01-31."""
    model: str
    """The model that wrote it."""
    tier: int
    """The index of that model's tier."""
    language: str
    """The document's LSP language identifier, or "other"."""
    trigger: str
    """Whether the request was automatic or invoked."""
    ending: SuggestionEnding
    """What its user did with it."""
    accepted: float = 0.0
    """The part of the text, 0 to 1, that was inserted by accepting."""
    kept: float | None = None
    """The part of that which still stood when the document was saved or half a minute later; None
    if it was not compared."""
    undone: bool = False
    """Whether it was taken back."""
    told: bool | None = None
    """Whether the client said that it showed the suggestion; None if it never says so."""
    remembered: bool = False
    """Whether it came from the cache, without asking a model."""
    latency_ms: float = 0.0
    """From the request to the answer."""
    seen_ms: float = 0.0
    """From the answer to the end."""
    share: float = 0.0
    """The text's share of the votes, 0 to 1."""
    characters: int = 0
    """The length of the text."""
    lines: int = 1
    """The lines of the text."""
    features: Features = {}
    """Those of the hole, which the router learns from."""
    reward_features: Features = {}
    """Those of the text's group of candidates, which a reward learns from."""

    @property
    def shown(self) -> bool:
        """Whether its user may have seen it: most clients show every answer."""
        return self.told is not False

    @property
    def worth(self) -> float | None:
        """How right the suggestion was, 0 to 1, as far as its end tells; None if it tells nothing.

        What was taken back was wrong, and what was taken in part is worth that part. Whether what
        is accepted stays is the better measure of the two; Ziegler et al. 2022 (arXiv 2205.06537)
        found acceptance to be what people judge by.
        """
        if self.ending is SuggestionEnding.IGNORED or not self.shown:
            return None
        if self.undone:
            return 0.0
        if self.ending is SuggestionEnding.TYPED:
            return 1.0
        return self.accepted * (1.0 if self.kept is None else self.kept)


def outcome_store() -> RowStore[SuggestionOutcome]:
    """Return the file of this user's outcomes."""
    return RowStore(data_folder() / "outcomes.sqlite3", SuggestionOutcome, LIMIT)
