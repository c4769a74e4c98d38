"""The names around a cursor, and the parts of its document that a prompt does not show."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from code_checks.hole import Hole
from code_checks.text.similarity import identifiers_in, lines_in, members_in
from ensemble.prompts.window import Measures, window_after, window_before, with_line_feeds
from ensemble.request import Chunk

_ANCHOR_LINES = 4
_LINES_BEFORE = 24
_LINES_AFTER = 12
_SHORT_FILE = 16
_NEARBY_CHARACTERS = 6_000
_ELSEWHERE = Measures(limit=48_000, longest=8_000, lines=64)
_IMPORT = re.compile(r"(?:import|from|use|using|#\s*include)\b|.*\brequire\(")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """A document around the line with the cursor, which itself is left out, and the names in it."""

    before: str
    """The document up to the beginning of the cursor's line."""
    after: str
    """The document from the end of the cursor's line on."""
    nearby: frozenset[str]
    """The names in the 24 lines before and the 12 lines after the cursor, which end at anchors."""
    members: frozenset[str]
    """Those of the nearby names that belong to something, such as `b` in `a.b`."""
    imported: frozenset[str]
    """The names in the file's import lines."""

    @classmethod
    def of(cls, hole: Hole) -> Surroundings:
        before = hole.prefix[: len(hole.prefix) - len(hole.line_head)]
        after = hole.suffix[len(hole.line_tail) :]
        lines_before = with_line_feeds(before[-_NEARBY_CHARACTERS:]).split("\n")[:-1]
        lines_after = with_line_feeds(after[:_NEARBY_CHARACTERS]).split("\n")[1:]
        finished = len(lines_before) - _beyond_anchor(before)
        begun = _beyond_anchor(after)
        nearby = "\n".join((
            *lines_before[:finished][-_LINES_BEFORE:],
            *lines_after[begun : begun + _LINES_AFTER],
        ))  # fmt: skip
        beginning = with_line_feeds(before[:_NEARBY_CHARACTERS]).split("\n")
        imports = "\n".join(line for line in beginning if _IMPORT.match(line))
        return cls(
            before, after, identifiers_in(nearby), members_in(nearby), identifiers_in(imports)
        )

    def shown(self, window: int) -> frozenset[str]:
        """Return the lines that any prompt with a window of so many characters shows."""
        return lines_in(f"{self.before[-window * 3 // 4 :]}\n{self.after[: window // 4]}")

    def distant(self, path: str, language: str, window: int) -> Iterator[Chunk]:
        """Yield the rest of the document in chunks that typing does not change."""
        pieces = window_before(self.before, _ELSEWHERE)
        line = self.before.count("\n") - sum(piece.count("\n") for piece in pieces)
        left = sum(map(len, pieces))
        for piece in pieces:
            left -= len(piece)
            if left >= window * 3 // 4:
                yield Chunk(path, language, piece, line)
            line += piece.count("\n")
        passed = 0
        for piece in window_after(self.after, _ELSEWHERE):
            if passed >= window // 4:
                yield Chunk(path, language, piece, line)
            line += piece.count("\n")
            passed += len(piece)


def _beyond_anchor(text: str) -> int:
    """Return how many whole lines lie between the cursor's line and the nearest anchor.

    None in short files, where reading the prompt again is cheap and every line counts.
    """
    lines = text.count("\n")
    return lines % _ANCHOR_LINES if lines >= _SHORT_FILE else 0
