"""Where a text that is being written should end, before the model itself says so."""

from __future__ import annotations

from code_checks.hole import Extent
from code_checks.text.extent import end_of_extent
from ensemble.candidate import Stop, StopReason

_LEAST_SUFFIX = 3
"""A suffix line shorter than this, such as a lone bracket, is met again by accident."""
_SAME_LINES = 3
_SAME_RUNS = 6
_LONGEST_RUN = 12


def stopped(stop: Stop, text: str) -> tuple[int, StopReason] | None:
    """Return where to cut `text` and why, or None if it may go on.

    Called after every token with all the text there is, so it costs microseconds. The rules in
    order: the extent's end, the beginning of the suffix met again, repetition, too many lines.
    """
    reason = StopReason.LINE if stop.extent is Extent.LINE else StopReason.BLOCK
    if "\n" in text:
        end = end_of_extent(stop.hole, text, stop.extent)
        if end is not None:
            return end, reason
        at = _suffix_again(stop, text)
        if at is not None:
            return at, StopReason.SUFFIX
        if _lines_repeat(text):
            return len(text), StopReason.REPETITION
        if text.count("\n") >= stop.max_lines:
            return len(text), StopReason.LENGTH
    if _run_repeats(text):
        return len(text), StopReason.REPETITION
    return None


def _suffix_again(stop: Stop, text: str) -> int | None:
    """Return where the last finished line begins if it is the first line after the hole."""
    if not text.endswith("\n"):
        return None
    start = text.rfind("\n", 0, len(text) - 1) + 1
    line = text[start:].strip()
    tail, _, rest = stop.hole.suffix.partition("\n")
    following = next((found for found in (tail, *rest.split("\n")) if found.strip()), "").strip()
    return start if start and len(following) >= _LEAST_SUFFIX and line == following else None


def _lines_repeat(text: str) -> bool:
    """Tell whether the last three finished lines are the same."""
    if not text.endswith("\n"):
        return False
    lines = text.rsplit("\n", _SAME_LINES + 1)[-_SAME_LINES - 1 : -1]
    return len(lines) == _SAME_LINES and len(set(lines)) == 1 and bool(lines[0].strip())


def _run_repeats(text: str) -> bool:
    """Tell whether the text ends in one short run of characters, six times over.

    Blanks and rulers (`-----`) are ordinary in code, so a run must hold a letter or digit.
    """
    for length in range(1, _LONGEST_RUN + 1):
        run = text[-length:]
        if len(text) < length * _SAME_RUNS:
            return False
        if any(map(str.isalnum, run)) and text.endswith(run * _SAME_RUNS) and length > 1:
            return True
    return False
