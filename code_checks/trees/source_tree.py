"""Parse trees of a hole's surroundings and of the filled hole, and the errors in them.

The *comparison* is the document without the hole's line: the hole itself is usually an error, and
what is wrong elsewhere was wrong before. It is parsed once per line that the user types on; a
filled hole is parsed by editing that tree, which costs a fraction of a whole parse.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from tree_sitter import Node, Tree

from code_checks.hole import Hole, surrounding_lines
from code_checks.languages import Language, parser
from code_checks.trees.grammar_gaps import overlooked


class Fault(NamedTuple):
    """An ERROR or MISSING node."""

    start: int
    """The byte at which the node begins."""
    end: int
    """The byte behind the node; a MISSING node is empty."""
    row: int
    """The row in which the node begins, counted from 0."""
    message: str
    """What is wrong, in words."""


class SourceTree(NamedTuple):
    """A parse tree with the UTF-8 bytes that it was made from.

    Offsets are bytes. In a comparison all four of them are the place where the hole's line was.
    """

    source: bytes
    """The document that was parsed."""
    tree: Tree
    """The parse tree."""
    faults: tuple[Fault, ...]
    """The outermost ERROR nodes and the MISSING nodes, in document order."""
    line_start: int
    """Where the first line that holds the insertion begins."""
    line_end: int
    """Where the last line that holds the insertion ends, before its line end."""
    text_start: int
    """Where the inserted text begins."""
    text_end: int
    """Where the inserted text ends."""


def encode(text: str) -> bytes:
    """Return the UTF-8 bytes of a document; lone surrogates, which editors can send, survive."""
    return text.encode("utf-8", "surrogatepass")


@lru_cache(maxsize=8)
def comparison_tree(language: Language, before: str, after: str) -> SourceTree:
    """Parse the document without the hole's line: whole lines `before` it and `after` it."""
    head = encode(before)
    source = head + encode(after)
    tree = parser(language).parse(source)
    return SourceTree(source, tree, _faults(language, tree), *(len(head),) * 4)


@lru_cache(maxsize=64)
def filled_tree(language: Language, hole: Hole, text: str, *, anew: bool = False) -> SourceTree:
    """Parse the filled hole, by editing the comparison's tree or, if asked for, `anew`.

    Error recovery can take another path in an edited tree than in a new one: a tree without
    errors is right, but where there are some, those of a new tree are what counts.
    """
    before, after = surrounding_lines(hole)
    comparison = comparison_tree(language, before, after)
    head, middle, tail = encode(hole.line_head), encode(text), encode(hole.line_tail)
    line_end = encode(hole.line_end)
    at = comparison.line_start
    inserted = head + middle + tail + line_end
    source = comparison.source[:at] + inserted + comparison.source[at:]
    parse = parser(language).parse
    tree = parse(source) if anew else parse(source, _edited(comparison, inserted, source))
    return SourceTree(
        source,
        tree,
        _faults(language, tree),
        line_start=at,
        line_end=at + len(inserted) - len(line_end),
        text_start=at + len(head),
        text_end=at + len(head) + len(middle),
    )


def _edited(comparison: SourceTree, inserted: bytes, source: bytes) -> Tree:
    """Return the comparison's tree with the insertion marked, for the parser to start from."""
    old = comparison.tree.copy()
    at = comparison.line_start
    start, end = _point(source[:at]), _point(source[: at + len(inserted)])
    old.edit(at, at, at + len(inserted), start, start, end)
    return old


def _point(text: bytes) -> tuple[int, int]:
    """Return the row and the column, in bytes, at the end of a text."""
    return text.count(b"\n"), len(text) - (text.rfind(b"\n") + 1)


def _faults(language: Language, tree: Tree) -> tuple[Fault, ...]:
    nodes = [*_faulty_nodes(tree.root_node), *overlooked(language, tree)]
    return tuple(sorted((_fault(node) for node in nodes), key=lambda fault: fault.start))


def _faulty_nodes(root: Node) -> Iterator[Node]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        # A missing token that its grammar hides is no node: only what should hold it has an error.
        if node.is_error or node.is_missing or (node.has_error and not node.children):
            yield node
        elif node.has_error:
            waiting.extend(reversed(node.children))


def _fault(node: Node) -> Fault:
    row = node.start_point[0]
    if node.is_missing or (node.has_error and not node.is_error):
        return Fault(node.start_byte, node.end_byte, row, f"missing {node.type!r}")
    text = (node.text or b"").decode("utf-8", "replace").strip().split("\n")[0]
    return Fault(node.start_byte, node.end_byte, row, f"unexpected {text[:40]!r}")
