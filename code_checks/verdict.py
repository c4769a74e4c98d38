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
    """One check's finding: its name, the outcome, why, and how long it took in milliseconds."""

    check: str
    outcome: Outcome
    detail: str = ""
    ms: float = 0.0
