"""Which text from elsewhere goes into a prompt.

Relevance only decides what is in; the order is by path and line. A prompt begins with its context,
so an order that followed the cursor would make the model read everything again at every move. For
the same reason the question ("what is the code around the cursor about?") leaves out the current
line and ends at line numbers divisible by four.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from code_checks.hole import Hole
from code_checks.text.similarity import dice, identifiers_in, jaccard, lines_in, repeats
from code_checks.trees.definitions import Definition, definitions
from ensemble.prompts.context.surroundings import Surroundings
from ensemble.prompts.window import with_line_feeds
from ensemble.request import Chunk

_RING_CHUNKS = 16
_CHUNK_LINES = 64
_SAME = 0.9
_SIMILAR = 0.1
_DEFINITIONS_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class ChunkRing:
    """The last pieces of files that somebody looked at or changed, oldest first.

    An idea of llama.vim's: 16 chunks of at most 64 lines, of which no two say nearly the same.
    """

    chunks: tuple[Chunk, ...] = ()

    def add(self, chunk: Chunk) -> ChunkRing:
        """Return the ring with a chunk as its newest, without what this replaces or pushes out."""
        text = "\n".join(with_line_feeds(chunk.text).split("\n")[:_CHUNK_LINES])
        if not text.strip():
            return self
        newest = Chunk(chunk.path, chunk.language, text, chunk.first_line)
        kept = [old for old in self.chunks if dice(lines_in(old.text), lines_in(text)) <= _SAME]
        return ChunkRing((*kept, newest)[-_RING_CHUNKS:])


def gather_context(
    hole: Hole, path: str, chunks: Sequence[Chunk], *, limit_chars: int, window_chars: int = 6_000
) -> tuple[Chunk, ...]:
    """Choose context for a hole from `chunks` and from distant parts of its own file.

    Definitions that the code around the cursor uses, in outline, and chunks about the same things;
    together at most `limit_chars` characters. What the prompt shows anyway, the `window_chars`
    characters around the cursor (three quarters of them before it), is left out. The result's order
    is stable, the most expendable first.
    """
    surroundings = Surroundings.of(hole)
    shown = surroundings.shown(window_chars)
    others = [
        block for chunk in chunks for block in _blocks(chunk) if not repeats(block.text, shown)
    ]
    distant = surroundings.distant(path, hole.language, window_chars)
    used = _used_definitions(surroundings, [*chunks, *distant], shown)
    outlines = _within(used, int(limit_chars * _DEFINITIONS_SHARE))
    left = limit_chars - sum(len(outline.definition.text) + 1 for outline in outlines)
    similar = _similar(surroundings.nearby, others, left)
    seen = {(block.path, line) for block in similar for line in _line_numbers(block)}
    return (*similar, *_merged(found for found in outlines if found.place not in seen))


@dataclass(frozen=True, slots=True)
class _Found:
    """A definition that the code around the cursor uses."""

    source: Chunk
    """The snippet, or the distant part of the hole's own document, that holds the definition."""
    definition: Definition
    """The definition in outline."""
    score: int
    """How relevant it is: 3 if the code around the cursor names it, 2 if the file imports it, 1 if
    only a member of it is named."""

    @property
    def place(self) -> tuple[str, int]:
        return self.source.path, self.source.first_line + self.definition.first_line


def _used_definitions(
    surroundings: Surroundings, sources: Iterable[Chunk], shown: frozenset[str]
) -> list[_Found]:
    """Return the definitions that the surroundings name, the most relevant first.

    A class is also found by a member's name, if no other class has a member of that name.
    """
    known = [(source, found) for source in sources for found in _outline(source)]
    owners = Counter(member for _, found in known for member in found.members)
    used: dict[tuple[str, str], _Found] = {}
    for source, definition in known:
        score = 0
        if definition.name in surroundings.nearby:
            score = 3
        elif definition.name in surroundings.imported:
            score = 2
        elif any(owners[name] == 1 for name in definition.members & surroundings.members):
            score = 1
        if score and not _is_shown(definition, shown):
            found = _Found(source, definition, score)
            used.setdefault((source.path, definition.text), found)
    return sorted(used.values(), key=lambda found: (-found.score, found.place))


def _within(found: Iterable[_Found], limit: int) -> list[_Found]:
    chosen = []
    for one in found:
        size = len(one.definition.text) + 1
        if size <= limit:
            chosen.append(one)
            limit -= size
    return chosen


def _merged(outlines: Iterable[_Found]) -> list[Chunk]:
    """Return one chunk for each file that something was found in."""
    by_path: dict[str, list[_Found]] = {}
    for found in sorted(outlines, key=lambda found: found.place):
        by_path.setdefault(found.source.path, []).append(found)
    return [
        Chunk(
            path,
            group[0].source.language,
            "".join(found.definition.text + "\n" for found in group),
            group[0].place[1],
        )
        for path, group in by_path.items()
    ]


def _similar(nearby: frozenset[str], blocks: Iterable[Chunk], limit: int) -> list[Chunk]:
    """Return the blocks most similar to the code nearby that fit, by path and line."""
    scored = [(jaccard(nearby, identifiers_in(block.text)), block) for block in blocks]
    ranked = sorted(scored, key=lambda pair: (-pair[0], _place(pair[1])))
    chosen = []
    for similarity, block in ranked:
        if similarity >= _SIMILAR and len(block.text) <= limit:
            chosen.append(block)
            limit -= len(block.text)
    return sorted(chosen, key=_place)


@lru_cache(maxsize=256)
def _blocks(chunk: Chunk) -> tuple[Chunk, ...]:
    """Divide a long chunk, such as a whole open document, into blocks of 64 lines."""
    lines = with_line_feeds(chunk.text).split("\n")
    if len(lines) <= _CHUNK_LINES + 1:
        return (chunk,)
    return tuple(
        Chunk(
            chunk.path,
            chunk.language,
            "\n".join(lines[at : at + _CHUNK_LINES]) + "\n",
            chunk.first_line + at,
        )
        for at in range(0, len(lines), _CHUNK_LINES)
    )


def _outline(source: Chunk) -> tuple[Definition, ...]:
    return definitions(source.language, with_line_feeds(source.text))


def _is_shown(definition: Definition, shown: frozenset[str]) -> bool:
    """Tell whether a definition's first line, as it stands in the source, is in the window."""
    first = definition.text.split("\n", 1)[0]
    return first.removesuffix(" ...") in shown or first.removesuffix(" ... }") in shown


def _place(chunk: Chunk) -> tuple[str, int]:
    return chunk.path, chunk.first_line


def _line_numbers(chunk: Chunk) -> range:
    return range(chunk.first_line, chunk.first_line + chunk.text.count("\n") + 1)
