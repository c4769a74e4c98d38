"""Where a hole is cut out of a document: pure functions of a text and a random generator.

A hole is the half-open range of characters that the model must write. Kinds follow what an
editor asks for: the rest of a line, a whole line, a node of the syntax tree, a block of lines.
Random spans keep the model fit for any cursor, and empty holes teach it to say nothing.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
import tree_sitter
import tree_sitter_python

from training.settings import HoleKind

Draw = np.random.Generator

CUT_AFTER = re.compile(r"[.(=,\[ ]+(?=\S)|(?<!\w)(?=[^\W\d])")
"""Places in a line where completion is asked for: behind an opener, at a name's beginning."""
CLOSERS = re.compile(r"[)\]}'\":,]+$")
"""What editors have already inserted behind the cursor."""
CLOSED_BY_EDITOR = 0.15
BLOCK_LINES = (2, 8)
LONGEST_SPAN = 400
LONGEST_NODE = 400
TRIES = 8

NODES = frozenset(
    (
        "argument_list",
        "assignment",
        "attribute",
        "binary_operator",
        "boolean_operator",
        "call",
        "comparison_operator",
        "conditional_expression",
        "dictionary",
        "expression_statement",
        "for_statement",
        "function_definition",
        "if_statement",
        "import_from_statement",
        "lambda",
        "list",
        "list_comprehension",
        "parameters",
        "raise_statement",
        "return_statement",
        "string",
        "subscript",
        "tuple",
        "with_statement",
    )
)
BRACKETED = frozenset(("argument_list", "dictionary", "list", "parameters"))

_PARSER = tree_sitter.Parser(tree_sitter.Language(tree_sitter_python.language()))


class Span(NamedTuple):
    """Character offsets of a hole in its document."""

    start: int
    end: int


class Lines:
    """A document's lines: `starts[i]` to `ends[i]`, without the newline."""

    def __init__(self, text: str) -> None:
        self.text = text
        breaks = [match.start() for match in re.finditer("\n", text)]
        self.starts = [0, *(at + 1 for at in breaks)]
        self.ends = [*breaks, len(text)]
        self.filled = [
            number
            for number, (start, end) in enumerate(zip(self.starts, self.ends, strict=True))
            if text[start:end].strip()
        ]

    def code(self, number: int) -> int:
        """The offset behind a line's indentation."""
        line = self.text[self.starts[number] : self.ends[number]]
        return self.starts[number] + len(line) - len(line.lstrip())

    def indentation(self, number: int) -> int:
        return self.code(number) - self.starts[number]


def line_head(text: str, offset: int) -> int:
    """Where the line of an offset begins."""
    return text.rfind("\n", 0, offset) + 1


def line_rest(lines: Lines, draw: Draw) -> Span | None:
    number = _pick(lines.filled, draw)
    if number is None:
        return None
    start, end = lines.code(number), lines.ends[number]
    places = [m.end() for m in CUT_AFTER.finditer(lines.text, start, end) if start < m.end() < end]
    cut = _pick(places, draw)
    if cut is None:
        return None
    if draw.random() < CLOSED_BY_EDITOR:
        closed = CLOSERS.search(lines.text[cut:end])
        if closed and closed.start() > 0:
            end = cut + closed.start()
    return Span(cut, end)


def line_whole(lines: Lines, draw: Draw) -> Span | None:
    number = _pick(lines.filled, draw)
    return None if number is None else Span(lines.code(number), lines.ends[number])


def block(lines: Lines, draw: Draw) -> Span | None:
    """Two to eight lines from a line's code on, as long as they are indented no less."""
    number = _pick(lines.filled, draw)
    if number is None:
        return None
    wanted = int(draw.integers(BLOCK_LINES[0], BLOCK_LINES[1] + 1))
    last, taken = number, 1
    for follower in range(number + 1, len(lines.starts)):
        blank = lines.code(follower) == lines.ends[follower]
        if not blank and lines.indentation(follower) < lines.indentation(number):
            break
        if not blank:
            last, taken = follower, taken + 1
        if taken == wanted:
            break
    return Span(lines.code(number), lines.ends[last]) if taken > 1 else None


def syntax(lines: Lines, draw: Draw) -> Span | None:
    """A node of the syntax tree near a random line."""
    number = _pick(lines.filled, draw)
    if number is None:
        return None
    # Parsing a slice keeps this cheap; its first lines may lack what opened them, which costs
    # only the nodes around the cut.
    first, last = max(0, number - 20), min(len(lines.starts) - 1, number + 20)
    low = lines.starts[first]
    data = lines.text[low : lines.ends[last]].encode()
    nodes = [
        node
        for node in _walk(_PARSER.parse(data).root_node)
        if node.type in NODES and not node.has_error and node.end_byte - node.start_byte > 2
    ]
    short = [node for node in nodes if node.end_byte - node.start_byte <= LONGEST_NODE]
    if not short:
        return None
    node = short[int(draw.integers(len(short)))]
    start = low + len(data[: node.start_byte].decode())
    end = low + len(data[: node.end_byte].decode())
    if node.type in BRACKETED and draw.random() < 0.8:
        start, end = start + 1, end - 1  # arguments without their brackets, as typed
    return Span(start, end)


def random_span(lines: Lines, draw: Draw) -> Span | None:
    """Any characters: length drawn evenly by order of magnitude."""
    if len(lines.text) < 2:
        return None
    length = int(np.exp(draw.uniform(0, np.log(LONGEST_SPAN))))
    start = int(draw.integers(0, max(1, len(lines.text) - length)))
    return Span(start, min(len(lines.text), start + length))


def empty(lines: Lines, draw: Draw) -> Span | None:
    """A cursor where nothing is missing: mostly the end of a line, sometimes within one."""
    number = _pick(lines.filled, draw)
    if number is None:
        return None
    at = lines.ends[number]
    if draw.random() < 0.3:
        at = int(draw.integers(lines.code(number), at + 1))
    return Span(at, at)


KINDS = {
    "line_rest": line_rest,
    "line_whole": line_whole,
    "syntax": syntax,
    "block": block,
    "random_span": random_span,
    "empty": empty,
}


def cut(lines: Lines, mix: dict[HoleKind, float], draw: Draw) -> Span | None:
    """A hole of a kind drawn from the mix; None for a document in which none is found."""
    kinds = list(mix)
    shares = np.array([mix[kind] for kind in kinds])
    for _ in range(TRIES):
        kind = kinds[int(draw.choice(len(kinds), p=shares / shares.sum()))]
        if (span := KINDS[kind](lines, draw)) is not None:
            return span
    return None


def _pick(places: list[int], draw: Draw) -> int | None:
    return places[int(draw.integers(len(places)))] if places else None


def _walk(node: tree_sitter.Node) -> list[tree_sitter.Node]:
    found, waiting = [], [node]
    while waiting:
        current = waiting.pop()
        found.append(current)
        waiting.extend(current.children)
    return found
