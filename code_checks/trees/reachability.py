"""Which statements nothing reaches because of an insertion, and which insertions do nothing.

Only what stands directly behind a statement that leaves the same list counts: that is certain. The
kinds of nodes are the language's `ControlFlow`.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from tree_sitter import Node

from code_checks.languages.facts import ControlFlow
from code_checks.trees.source_tree import SourceTree
from code_checks.trees.statements import STATEMENT_LISTS

_COPYING_SCOPES = frozenset(("module", "class_definition"))
"""Kinds of scopes in which `x = x` may copy a name from the scope around them."""


def is_readable(filled: SourceTree) -> bool:
    """Tell whether the statements around the insertion parse, so that their order is known."""
    start, end = _bounds(filled)
    node = filled.tree.root_node.descendant_for_byte_range(start, end)
    while node is not None:
        if node.is_error:
            return False
        node = node.parent
    return not any(
        child.is_error or child.is_missing or (_begins_in(child, start, end) and child.has_error)
        for statements in _lists_at(filled, start, end)
        if any(_begins_in(child, start, end) for child in statements.children)
        for child in statements.children
    )


def unreachable(flow: ControlFlow, filled: SourceTree) -> Node | None:
    """Return the first statement that the insertion puts, or leaves, where nothing reaches it.

    Not where there was unreachable code already: somebody may want it there for a while. Nor does
    a statement count that begins before the insertion: its beginning was not the text's choice.
    """
    start, end = _bounds(filled)
    for statements in _lists_at(filled, start, end):
        code = [child for child in statements.named_children if not child.is_extra]
        others = [node for node in code if not _begins_in(node, start, end)]
        if any(leaving.start_byte < start for leaving, _ in _dead_pairs(flow, others)):
            continue
        for leaving, dead in _dead_pairs(flow, code):
            if _begins_in(leaving, start, end) or _begins_in(dead, start, end):
                return dead
    return None


def assigned_to_itself(flow: ControlFlow, filled: SourceTree) -> Node | None:
    """Return the statement that holds the whole insertion if it assigns a name to itself."""
    start, end = _bounds(filled)
    node = filled.tree.root_node.descendant_for_byte_range(start, end)
    while node is not None and node.parent is not None and node.parent.type not in STATEMENT_LISTS:
        node = node.parent
    if node is None or _scope(node) in _COPYING_SCOPES:
        return None
    is_wrapped = node.type == "expression_statement" and node.named_child_count == 1
    assignment = node.named_children[0] if is_wrapped else node
    if assignment.type != flow.assignment or assignment.named_child_count != 2:
        return None
    sides = [assignment.child_by_field_name(side) for side in ("left", "right")]
    signs = [child.type for child in assignment.children if not child.is_named]
    left, right = (_lone_name(side) for side in sides)
    return node if left and left == right and signs == ["="] else None


def _bounds(filled: SourceTree) -> tuple[int, int]:
    """Return where the inserted text begins and ends, without the white space around it."""
    text = filled.source[filled.text_start : filled.text_end]
    start = filled.text_start + len(text) - len(text.lstrip())
    return start, max(start, filled.text_end - (len(text) - len(text.rstrip())))


def _begins_in(node: Node, start: int, end: int) -> bool:
    return start <= node.start_byte < end


def _lists_at(filled: SourceTree, start: int, end: int) -> Iterator[Node]:
    """Yield the lists of statements around the insertion and in it, outer ones first."""
    waiting = [filled.tree.root_node]
    while waiting:
        node = waiting.pop()
        if node.type in STATEMENT_LISTS:
            yield node
        waiting.extend(
            child
            for child in reversed(node.children)
            if child.start_byte < end and start < child.end_byte
        )


def _dead_pairs(flow: ControlFlow, code: list[Node]) -> Iterator[tuple[Node, Node]]:
    """Yield each statement that leaves the list, with one behind it that nothing reaches."""
    for index, (leaving, dead) in enumerate(pairwise(code)):
        if index > 0 and code[index - 1].type in flow.conditional:
            continue
        if not _leaves(flow, leaving) or _may_follow(flow, dead):
            continue
        if not any(_suspends(flow, node) for node in code[index + 1 :]):
            yield leaving, dead


def _leaves(flow: ControlFlow, node: Node) -> bool:
    if node.type == "expression_statement" and node.named_child_count == 1:
        node = node.named_children[0]
    return node.type in flow.leaving


def _may_follow(flow: ControlFlow, node: Node) -> bool:
    if node.type in flow.may_follow or node.is_error:
        return True
    text = (node.text or b"").decode("utf-8", "replace")
    return flow.placeholder is not None and flow.placeholder.match(text) is not None


def _suspends(flow: ControlFlow, node: Node) -> bool:
    """Tell whether a statement makes a generator of its function by being there at all."""
    waiting = [node] if flow.suspending else []
    while waiting:
        found = waiting.pop()
        if found.type in flow.suspending:
            return True
        waiting.extend(found.named_children)
    return False


def _scope(node: Node) -> str:
    """Return the kind of the innermost scope around a node, of those that matter here."""
    while node.parent is not None:
        node = node.parent
        if node.type == "function_definition" or node.type in _COPYING_SCOPES:
            return node.type
    return ""


def _lone_name(side: Node | None) -> bytes | None:
    """Return a side of an assignment if it is a single name."""
    while side is not None and side.type == "expression_list" and side.named_child_count == 1:
        side = side.named_children[0]
    return side.text if side is not None and side.type == "identifier" else None
