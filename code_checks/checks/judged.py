"""From what a check finds to its verdict: how long it took, and what it could not be asked."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

from code_checks.hole import Hole
from code_checks.verdict import Outcome, Verdict

Finding = tuple[Outcome, str]
"""What a check says of a filled hole, and its message."""


def judged(check: str, find: Callable[[Hole, str], Finding], hole: Hole, text: str) -> Verdict:
    """Return the verdict of a check on a text in a hole.

    SKIP for code that is nested too deeply for this Python, so a check never raises because of it.
    """
    verdict = judged_if_found(check, find, hole, text)
    assert verdict is not None, "what always finds something has found nothing"
    return verdict


def judged_if_found(
    check: str, find: Callable[[Hole, str], Finding | None], hole: Hole, text: str
) -> Verdict | None:
    """Return the same for a check that may have nothing to say, None where it has not."""
    start = perf_counter()
    try:
        found = find(hole, text)
    except (RecursionError, MemoryError):
        found = Outcome.SKIP, "nested too deeply to be checked"
    return Verdict(check, *found, (perf_counter() - start) * 1_000) if found else None
