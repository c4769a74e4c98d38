"""Recorded candidates for one hole each: one is right, one breaks the file, one repeats it.

The files `<language>.txt` beside this one are written in the notation of `tests.notation`: `code`
with its cursor, and the texts `right`, `breaks` and `repeats` (what stands after the hole, again).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from code_checks.hole import Hole
from tests.notation import read_cases


@dataclass(frozen=True)
class ChoosingCase:
    """A hole and what three samples of a model wrote for it."""

    title: str
    hole: Hole
    right: str
    breaks: str
    repeats: str

    def __str__(self) -> str:
        return f"{self.hole.language}: {self.title}"


def choosing_cases() -> list[ChoosingCase]:
    """Return the cases of all languages."""
    return [
        ChoosingCase(
            case.title,
            case.hole,
            case.sections["right"],
            case.sections["breaks"],
            case.sections["repeats"],
        )
        for case in read_cases(Path(__file__).parent)
    ]
