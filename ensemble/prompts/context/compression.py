"""Context for a small model, cut down to the lines that say something about the hole.

The idea of selective context (Li et al. 2023, arXiv 2310.06201) and LLMLingua (Jiang et al. 2023,
arXiv 2310.05736), without a model that judges: a line is worth what the names say that it shares
with the code around the cursor, and a name says the more, the fewer lines have it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from code_checks.hole import Hole
from code_checks.text.similarity import identifiers_in
from ensemble.prompts.context.surroundings import Surroundings
from ensemble.request import Chunk


@dataclass(frozen=True, slots=True)
class _ContextLine:
    """A line of a snippet that is not blank."""

    chunk: int
    """The index of the snippet that the line belongs to."""
    number: int
    """The line's number in its snippet, from 0."""
    text: str
    """The line, without its line end."""
    headers: tuple[int, ...]
    """The numbers of the lines that this line is nested in, such as its function's and its class's
    first ones, outermost first."""


def compressed(chunks: Sequence[Chunk], hole: Hole, limit_chars: int) -> tuple[Chunk, ...]:
    """Return the chunks with only their most telling lines, at most `limit_chars` characters.

    With a line come those that it is nested in, such as its function's and its class's first ones.
    The lines stay in their order, and what is kept does not depend on the current line, so that
    typing on leaves the prompt as it is. Chunks of which nothing is left are left out. Pure.
    """
    nearby = Surroundings.of(hole).nearby
    lines = [line for index, chunk in enumerate(chunks) for line in _lines(index, chunk.text)]
    names = {line: identifiers_in(line.text) & nearby for line in lines}
    having = Counter(name for found in names.values() for name in found)
    worth = {
        line: sum(math.log(1 + len(lines) / having[name]) for name in found)
        for line, found in names.items()
        if found
    }
    kept = _best(lines, worth, limit_chars)
    return tuple(
        replace(chunk, text="".join(f"{line.text}\n" for line in lines if line in kept[index]))
        for index, chunk in enumerate(chunks)
        if kept.get(index)
    )


def _best(
    lines: Sequence[_ContextLine], worth: dict[_ContextLine, float], limit: int
) -> dict[int, set[_ContextLine]]:
    """Return by chunk the lines that are worth most and fit, with those that they are nested in."""
    known = {(line.chunk, line.number): line for line in lines}
    kept: dict[int, set[_ContextLine]] = {}
    ranked = sorted(worth, key=lambda line: (-worth[line], line.chunk, line.number))
    for line in ranked:
        present = kept.setdefault(line.chunk, set())
        wanted = {line, *(known[line.chunk, number] for number in line.headers)} - present
        size = sum(len(one.text) + 1 for one in wanted)
        if size <= limit:
            present |= wanted
            limit -= size
    return kept


def _lines(chunk: int, text: str) -> Iterator[_ContextLine]:
    """Yield the lines that are not blank, each with the ones that it is nested in."""
    open_headers: list[tuple[int, int]] = []
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n")):
        content = line.strip()
        if not content:
            continue
        column = len(line) - len(line.lstrip())
        while open_headers and open_headers[-1][0] >= column:
            open_headers.pop()
        yield _ContextLine(chunk, number, line, tuple(header for _, header in open_headers))
        open_headers.append((column, number))
