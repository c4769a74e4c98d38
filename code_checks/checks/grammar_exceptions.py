"""Code that is right although its grammar finds an error in it.

Macros and templates are rewritten before a compiler sees the code, and a grammar cannot know into
what. Where a document has such errors elsewhere, a text is not failed for one of its own: SKIP.
"""

from __future__ import annotations

import re

from code_checks.hole import Hole
from code_checks.languages import Language
from code_checks.text.lexical import scan
from code_checks.trees.source_tree import SourceTree

_MACRO = re.compile(r"\b[A-Z_][A-Z0-9_]{3,}\b")
_TEMPLATE_MARKS = ("<%", "{%", "{{")


def grammar_exception(language: Language, hole: Hole, text: str, comparison: SourceTree) -> str:
    """Return why an error in a filled hole may be one of the grammar's, "" if nothing says so."""
    lines = hole.line_head + text + hole.line_tail
    if language.is_data:
        document = hole.prefix + hole.suffix
        if any(mark in lines and mark in document for mark in _TEMPLATE_MARKS):
            return "there is a template language in it"
    if not _is_balanced(language, lines):
        return ""
    for exception in language.exceptions:
        if exception.pattern.search(lines):
            return exception.reason
    if language.has_macros and _MACRO.search(lines):
        known = {name for line in _faulty_lines(comparison) for name in _MACRO.findall(line)}
        if not known.isdisjoint(_MACRO.findall(lines)):
            return "a macro may hide its syntax"
    return ""


def _is_balanced(language: Language, lines: str) -> bool:
    found = scan(language.name, lines)
    return not found.closers and set(found.openers) <= {"{"}


def _faulty_lines(comparison: SourceTree) -> list[str]:
    """Return the lines of the document without the hole in which an error begins."""
    lines = comparison.source.decode("utf-8", "replace").split("\n")
    return [lines[fault.row] for fault in comparison.faults if fault.row < len(lines)]
