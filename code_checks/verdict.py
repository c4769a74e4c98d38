"""What one check found out about one filled hole."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """The three ways in which a check can end; SKIP is not PASS."""

    PASS = "PASS"
    FAIL = "FAIL"
    SKIP = "SKIP"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One check's finding about one filled hole."""

    check: str
    """The name of the check."""
    outcome: Outcome
    """How the check ended."""
    detail: str = ""
    """The reason of a FAIL or a SKIP, for people; "" if there is nothing to say."""
    ms: float = 0.0
    """How long the check took, in milliseconds."""
