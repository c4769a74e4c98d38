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
    """Turned elsewhere; whether it was read, nobody knows."""


class SuggestionOutcome(msgspec.Struct, frozen=True, omit_defaults=True):
    """One suggestion and its end.

    `accepted` is the part of the text, 0 to 1, that was inserted by order; `kept` the part of that
    which still stood when the document was saved or half a minute later, None if nobody looked.
    `told` is whether the client said that it showed the suggestion, None if it never says so.
    `remembered`: no model was asked. `seen_ms` is the time to the end, `share` the agreement,
    `characters` and `lines` the size. `features` are those of the router, `reward_features` those
    of a reward.
    """

    day: str
    model: str
    tier: int
    language: str
    trigger: str
    ending: SuggestionEnding
    accepted: float = 0.0
    kept: float | None = None
    undone: bool = False
    told: bool | None = None
    remembered: bool = False
    latency_ms: float = 0.0
    seen_ms: float = 0.0
    share: float = 0.0
    characters: int = 0
    lines: int = 1
    features: Features = {}
    reward_features: Features = {}

    @property
    def shown(self) -> bool:
        """Whether somebody may have seen it: most clients show what they are answered."""
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
