"""The key under which texts for one hole vote together.

Two texts with equal keys are the same suggestion, written differently: other spaces, other
quotes, parentheses around a lone expression, a semicolon or a last comma that might be missing,
other names for what the text itself binds, another comment beside the same code.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Mapping
from typing import NamedTuple

from tree_sitter import Node

from code_checks.hole import Hole
from code_checks.languages import Language, language_named
from code_checks.languages.facts import Quotes
from code_checks.text.enclosing import MAX_TEXT, enclosing_definition, indent_of, is_large
from code_checks.trees.bound_names import bound_names
from code_checks.trees.optional_tokens import is_optional
from code_checks.trees.source_tree import SourceTree, filled_tree
from code_checks.trees.statements import STATEMENT_LISTS

_QUOTED = re.compile(r"('''|\"\"\"|['\"])([^'\"\\]*)\1")
_INTERPOLATED = re.compile(r"[$`#!]")
# Kinds of all grammars together: a kind that a grammar does not have is never met in its trees.
_STRINGS = frozenset(("string", "encapsed_string", "raw_string"))


def canonical_key(hole: Hole, text: str) -> Hashable:
    """Return the key of a text for the vote: deterministic, hashable, and never an error.

    For code: kind and text of the syntax tree's leaves that the insertion touches in the filled
    document, and where a statement begins among them, how many blocks are around it. A comment
    counts only if nothing else is inserted: it should not part two votes for the same code.
    Otherwise (data, unknown languages, code that does not parse): the text, white space folded.
    """
    language = language_named(hole.language)
    if language is None or language.is_data or "\0" in hole.prefix + text + hole.suffix:
        return _folded(hole, text, language)
    frame = enclosing_definition(hole) if is_large(hole) else hole
    if frame is None or len(text) > MAX_TEXT or not text.strip():
        return _folded(hole, text, language)
    filled = filled_tree(language, frame, text)
    leaves = _touched(language, filled)
    if leaves is None or _is_prose(leaves, filled):
        return _folded(hole, text, language)
    code = [leaf for leaf in leaves if "comment" not in leaf.node.type] or leaves
    span = filled.text_start, filled.text_end
    bound = bound_names(language.naming, filled.tree.root_node, span) if language.naming else {}
    return (
        *(entry for leaf in code for entry in _entries(language, leaf, filled, bound)),
        *(("end",) if language.optional_semicolons and _is_ended(code[-1].node) else ()),
    )


class _Leaf(NamedTuple):
    """A leaf of the tree, or a string without escapes."""

    node: Node
    """The node of the leaf, or of the whole string."""
    depth: int
    """How many blocks are around it if it begins a statement, else -1."""


def _touched(language: Language, filled: SourceTree) -> list[_Leaf] | None:
    """Return the leaves that the insertion touches, None if one of them is in an ERROR node."""
    inserted = filled.source[filled.text_start : filled.text_end]
    start = filled.text_start + len(inserted) - len(inserted.lstrip())
    end = filled.text_end - (len(inserted) - len(inserted.rstrip()))
    top = filled.tree.root_node.descendant_for_byte_range(start, end)
    if top is None:
        return None
    while top.parent is not None and not (top.is_error or top.parent.type in STATEMENT_LISTS):
        top = top.parent
    depth, above = 0, top.parent
    while above is not None:
        if above.is_error:
            return None
        depth += above.type in STATEMENT_LISTS
        above = above.parent
    leaves: list[_Leaf] = []
    waiting = [(top, depth, top.start_byte >= start)]
    while waiting:
        node, depth, begins = waiting.pop()
        if node.is_error:
            return None
        if node.end_byte <= start or node.start_byte >= end:
            continue
        if not node.children or _plain_string(language, node) is not None:
            leaves.append(_Leaf(node, depth if begins else -1))
            continue
        holds_statements = node.type in STATEMENT_LISTS
        for child in reversed(node.children):
            starts = holds_statements or (begins and child.start_byte == node.start_byte)
            waiting.append((child, depth + holds_statements, starts))
    return leaves


def _is_prose(leaves: list[_Leaf], filled: SourceTree) -> bool:
    """Tell whether the hole is inside one string or comment."""
    if len(leaves) != 1 or leaves[0].node.start_byte >= filled.text_start:
        return False
    kind = leaves[0].node.type
    return "comment" in kind or "string" in kind


def _is_ended(last: Node) -> bool:
    """Tell whether a statement ends with this leaf, or goes on behind the text."""
    node: Node | None = last
    while node is not None and node.end_byte == last.end_byte:
        if node.parent is not None and node.parent.type in STATEMENT_LISTS:
            return True
        node = node.parent
    return False


def _entries(
    language: Language, leaf: _Leaf, filled: SourceTree, bound: Mapping[int, int]
) -> Iterator[tuple[str, str | int]]:
    """Yield what a leaf adds to the key; nothing for space and for what might be missing."""
    node = leaf.node
    text = (node.text or b"").decode("utf-8", "replace")
    optional = is_optional(language, node, filled)
    # A parenthesis can begin a statement; a semicolon and a comma that might be missing cannot.
    if leaf.depth >= 0 and text.strip() and not (optional and text in (";", ",")):
        yield "statement", leaf.depth
    plain = _plain_string(language, node)
    if plain is not None:
        yield "string", " ".join(plain.split())
    elif node.start_byte in bound:
        yield "bound", bound[node.start_byte]
    elif text.strip() and not optional:
        if language.quotes is Quotes.SAME and _is_quote(node):
            text = text.replace("'", '"')
        yield _kind(node), " ".join(text.split())


def _kind(node: Node) -> str:
    """Return a leaf's kind; the shell's grammar sees no line ends, so commands are told apart."""
    if node.parent is not None and node.parent.type == "command_name":
        return "command_name"
    return node.type.replace("'", '"')


def _plain_string(language: Language, node: Node) -> str | None:
    """Return the content of a string whose quotes might as well be the other ones."""
    if node.type not in _STRINGS:
        return None
    match = _QUOTED.fullmatch((node.text or b"").decode("utf-8", "replace"))
    if match is None:
        return None
    if language.quotes is Quotes.SAME:
        return match[2]
    is_plain = language.quotes is Quotes.SAME_IF_PLAIN and not _INTERPOLATED.search(match[2])
    return match[2] if is_plain else None


def _is_quote(node: Node) -> bool:
    return node.type in ("string_start", "string_end", "'", '"')


def _folded(hole: Hole, text: str, language: Language | None) -> Hashable:
    """Return a text with its white space folded, line by line where indentation has meaning."""
    if language is None or not language.indentation_matters:
        return "text", " ".join(text.split())
    lines = [line for line in (hole.line_head + text).splitlines() if line.strip()]
    margin = indent_of(hole.line_head + "x")
    return "lines", tuple((indent_of(line) - margin, " ".join(line.split())) for line in lines)
