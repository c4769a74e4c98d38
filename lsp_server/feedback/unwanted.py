"""Texts that somebody has just deleted, undone or dismissed: they do not come back by themselves.

A text is known by the line that it stood in, up to the text itself, and by what stands around that
line, of which one side may change.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from dataclasses import dataclass

from code_checks.hole import Hole
from ensemble.prompts.window import with_line_feeds

UNWANTED_FOR = 30.0
"""Seconds for which such a text is not offered."""

_KEPT = 32
_AROUND = 120


@dataclass(frozen=True, slots=True)
class _Unwanted:
    """A text that is not to come back, and its place."""

    line: str
    """The text behind the beginning of its line; no white space at either end."""
    above: int
    """A hash of what stands above that line."""
    below: int
    """A hash of what stands below the text's last line."""
    until: float
    """The moment from which it may be offered again."""


class UnwantedTexts:
    """The unwanted texts of one document."""

    def __init__(self) -> None:
        self._texts: deque[_Unwanted] = deque(maxlen=_KEPT)
        self._deletion: tuple[int, str] | None = None

    def add(self, hole: Hole, text: str, now: float) -> None:
        """Take a text that stood, or was offered, in a hole."""
        line = _plain(hole.line_head + text)
        if line:
            self._texts.append(_Unwanted(line, *_around(hole), now + UNWANTED_FOR))

    def deleted(self, language: str, before: str, after: str, now: float) -> bool:
        """Take the document before and after a change; tell whether it only deleted something.

        What is deleted piece by piece, backwards or forwards, is one text.
        """
        change = _deletion(before, after)
        if change is None:
            self._deletion = None
            return False
        start, text = change
        if self._deletion is not None:
            earlier, known = self._deletion
            if start + len(text) == earlier:
                text += known
            elif start == earlier:
                text = known + text
        self._deletion = start, text
        # Whole lines are gone with a line end, which parts what is left as they did.
        above = text[: len(text) - len(text.lstrip())]
        below = "\n" if text.endswith(("\n", "\r")) else ""
        self.add(Hole(language, after[:start] + above, below + after[start:]), text.lstrip(), now)
        return True

    def holds(self, hole: Hole, text: str, now: float) -> bool:
        """Tell whether a text for a hole would bring back what is not wanted there.

        Who types something again wants it: then only its rest may come.
        """
        return any(now < unwanted.until for unwanted in self._brought_back(hole, text))

    def wanted(self, hole: Hole, text: str) -> None:
        """Somebody has asked for a text that is offered in a hole."""
        for unwanted in self._brought_back(hole, text):
            self._texts.remove(unwanted)

    def _brought_back(self, hole: Hole, text: str) -> list[_Unwanted]:
        head, above, below = _plain(hole.line_head), *_around(hole)
        offered = _plain(hole.line_head + text)[len(head) :].lstrip()

        def is_brought_back(unwanted: _Unwanted) -> bool:
            if not (unwanted.above == above or unwanted.below == below):
                return False
            rest = unwanted.line[len(head) :].lstrip()
            is_repeated = offered.startswith(rest) or rest.startswith(offered)
            return bool(rest) and unwanted.line.startswith(head) and is_repeated

        return [unwanted for unwanted in self._texts if is_brought_back(unwanted)]


def _around(hole: Hole) -> tuple[int, int]:
    """Return hashes of what stands above and below the hole's line, blank lines left out."""
    above = hole.prefix[: len(hole.prefix) - len(hole.line_head)][-_AROUND:].split()
    below = hole.suffix[len(hole.line_tail) :][:_AROUND].split()
    return hash(tuple(above[-8:])), hash(tuple(below[:8]))


def _plain(text: str) -> str:
    return with_line_feeds(text).strip()


def _deletion(before: str, after: str) -> tuple[int, str] | None:
    """Return where something was deleted, and what; None if anything else was changed."""
    count = len(before) - len(after)
    if count <= 0:
        return None
    same = bisect_left(range(len(after)), True, key=lambda at: before[: at + 1] != after[: at + 1])
    return (same, before[same : same + count]) if before[same + count :] == after[same:] else None
