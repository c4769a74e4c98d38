"""Where the statement that holds an insertion begins and ends, and which errors touch it."""

from __future__ import annotations

import re

from tree_sitter import Node

from code_checks.languages import all_languages
from code_checks.trees.source_tree import Fault, SourceTree

_COMMENT_MARK = re.compile(rb"/\*|\*/|<!--|-->|\[\[|\]\]|=begin|=end")
STATEMENT_LISTS = frozenset(kind for each in all_languages() for kind in each.statement_lists)
"""Kinds of nodes whose children are statements or what stands for them, of all grammars together: a
node does not tell its language, and kinds are called alike where they mean the same. What is such a
list in one grammar only, as `else` is, has no children in the others."""


def split_faults(filled: SourceTree) -> tuple[list[Fault], list[Fault]]:
    """Return the errors that touch the statement holding the insertion, and all others."""
    statement = _statement(filled)
    apart = _blocks_apart(statement, filled) if statement else []
    touching: list[Fault] = []
    elsewhere: list[Fault] = []
    for fault in filled.faults:
        in_statement = statement is not None and _within(
            fault, statement.start_byte, statement.end_byte
        )
        in_block = any(_within(fault, start, end) for start, end in apart)
        touches = _on_line(fault, filled) or (in_statement and not in_block)
        (touching if touches else elsewhere).append(fault)
    return touching, elsewhere


def new_faults(elsewhere: list[Fault], filled: SourceTree, comparison: SourceTree) -> list[Fault]:
    """Return those errors outside the statement that overlap none of the comparison's errors.

    Within a comment nothing can be wrong, but one line more or less can move the errors that a
    grammar sees elsewhere.
    """
    statement = _statement(filled)
    text = filled.source[filled.text_start : filled.text_end]
    if statement is not None and "comment" in statement.type and not _COMMENT_MARK.search(text):
        return []
    grown = len(filled.source) - len(comparison.source)
    known = [
        (
            fault.start + (grown if fault.start >= comparison.line_start else 0),
            fault.end + (grown if fault.end >= comparison.line_start else 0),
        )
        for fault in comparison.faults
    ]
    return [
        fault
        for fault in elsewhere
        if not any(start <= fault.end and fault.start <= end for start, end in known)
    ]


def _on_line(fault: Fault, filled: SourceTree) -> bool:
    """Tell whether an error lies on the inserted lines; it may be empty, at either end of them."""
    ends_before = fault.end <= filled.line_start and fault.start < filled.line_start
    return fault.start <= filled.line_end and not ends_before


def _within(fault: Fault, start: int, end: int) -> bool:
    return start <= fault.start and fault.end <= end


def _statement(filled: SourceTree) -> Node | None:
    """Return the innermost node around the insertion whose parent is a list of statements.

    None if the insertion holds nothing but space between statements.
    """
    text = filled.source[filled.text_start : filled.text_end]
    start = filled.text_start + len(text) - len(text.lstrip())
    end = max(start, filled.text_end - (len(text) - len(text.rstrip())))
    node = filled.tree.root_node.descendant_for_byte_range(start, end)
    if node is None or node.type in STATEMENT_LISTS:
        return None
    while node.parent is not None and node.parent.type not in STATEMENT_LISTS:
        node = node.parent
    return node


def _blocks_apart(statement: Node, filled: SourceTree) -> list[tuple[int, int]]:
    """Return the ranges of the blocks in a statement that are not around the insertion.

    An error in the body of a function is no error of the line that declares the function.
    """
    found, waiting = [], [statement]
    while waiting:
        for child in waiting.pop().children:
            if not child.has_error:
                continue
            around = child.start_byte <= filled.text_start and filled.text_end <= child.end_byte
            if child.type in STATEMENT_LISTS and not around:
                found.append((child.start_byte, child.end_byte))
            else:
                waiting.append(child)
    return found
