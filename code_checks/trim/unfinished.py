"""The filter for a text whose generation was cut short."""

from __future__ import annotations

import re

from tree_sitter import Node, Tree

from code_checks.hole import Extent, Hole
from code_checks.languages import Language, language_named, parser
from code_checks.text.extent import end_of_extent
from code_checks.text.indentation import layout
from code_checks.text.lexical import balance

_MAXIMUM_PARSES = 12
_NEIGHBORHOOD = 60_000
_PARTIAL_TOKEN = re.compile(r"(?:\w+|[^\w\s)\]}\"'`;]+)\Z")


def is_open_ended(text: str, raw: str) -> bool:
    """Say whether the end of a text is still the end of what the model wrote."""
    words = text.split()
    return bool(words) and raw.rstrip().endswith(words[-1])


def cut_to_complete(hole: Hole, text: str, extent: Extent) -> str:
    """Cut a text that a deadline or a limit ended back to its last complete statement.

    A statement is complete if the filled document that ends with it fits the grammar; in a language
    without a grammar, a line is complete when its line end was written.
    """
    if extent is Extent.LINE and end_of_extent(hole, text, extent) is not None:
        return text
    if extent is Extent.LINE:
        return _cut_to_token(hole, text)
    language = language_named(hole.language)
    ends = [match.end() for match in re.finditer(r"\S[^\n]*(?=\n)", text)]
    if text.rstrip().endswith((";", "}")):
        ends.append(len(text.rstrip()))
    complete = [end for end in reversed(ends) if _could_end(hole, text[:end])]
    if language is None:
        return text[: complete[0]] if complete else ""
    allowed = _errors_around(language, hole)
    for end in complete[:_MAXIMUM_PARSES]:
        if _errors(language, _filled(hole, text[:end])) <= allowed:
            return text[:end]
    return ""


def _could_end(hole: Hole, text: str) -> bool:
    """Say whether the document could go on behind the text: its last line opens no block, or the
    block's body is there."""
    look = layout(hole)
    last = (look.head + text).rpartition("\n")[2]
    if not look.opens_block(last):
        return True
    return bool(look.below) and look.column(look.below) > look.column(last)


def _cut_to_token(hole: Hole, text: str) -> str:
    """Return the text up to its last complete token if the document parses with it, else ""."""
    kept = text.rstrip()
    if not balance(hole).inside:
        kept = _PARTIAL_TOKEN.sub("", kept).rstrip()
    language = language_named(hole.language)
    if not kept.strip() or language is None:
        return ""
    is_whole = _errors(language, _filled(hole, kept)) <= _errors_around(language, hole)
    return kept if is_whole and _could_end(hole, kept) else ""


def _filled(hole: Hole, text: str) -> str:
    return hole.prefix[-_NEIGHBORHOOD:] + text + hole.suffix[:_NEIGHBORHOOD]


def _errors_around(language: Language, hole: Hole) -> int:
    """Count the errors that the document has anyway.

    The line with the hole is often an error by itself (`x = `), and as often its head belongs to
    what stands below (`if (x) {`): whichever leaves fewer errors, with the line or without it.
    """
    look = layout(hole)
    prefix = hole.prefix[-_NEIGHBORHOOD:]
    after = hole.suffix[:_NEIGHBORHOOD]
    without = prefix[: len(prefix) - len(look.head)] + after[len(look.tail) :]
    return min(_errors(language, prefix + after), _errors(language, without))


def _errors(language: Language, source: str) -> int:
    """Count the places where a source does not fit the grammar, missing tokens included."""
    tree: Tree = parser(language).parse(source.encode("utf-8", "replace"))
    return _count(tree.root_node)


def _count(root: Node) -> int:
    total = 0
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.is_error or node.is_missing:
            total += 1
        if node.has_error:
            waiting.extend(node.children)
    return total
