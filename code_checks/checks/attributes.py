"""The attributes check: does a method read something from `self` that nothing can have put there?

As precise as the names check: FAIL only where the whole class is in the document, and nothing in
the document sets, defines or uses the attribute.
"""

from __future__ import annotations

import ast
import re
from difflib import get_close_matches

from code_checks.checks.judged import Finding, judged_if_found
from code_checks.checks.names import words_of
from code_checks.hole import Hole
from code_checks.languages import language_named
from code_checks.python.classes import AttributeRead, attributes_read, class_family, defined_in
from code_checks.python.compile import compile_filled
from code_checks.python.scope import Region
from code_checks.python.statement_window import comparison_module
from code_checks.text.enclosing import MAX_TEXT, is_large
from code_checks.verdict import Outcome, Verdict

CHECK = "attributes"
_RECEIVER = re.compile(r"\b(?:self|cls)\s*\.")
_DYNAMIC = re.compile(
    r"\b(?:setattr|exec|vars|locals|globals)\s*\(|\b__dict__\b|\bAttributeError\b|\bMethodType\b"
)


def check_attributes(hole: Hole, text: str) -> Verdict | None:
    """Check that every attribute of `self` or `cls` that `text` reads may exist.

    SKIP, with the reason, where a class has a base from elsewhere, a metaclass or a decorator that
    may define attributes, or where the document sets attributes by their names. None for texts that
    read no attribute of `self`, and for other languages than Python.
    """
    return judged_if_found(CHECK, _find, hole, text)


def _find(hole: Hole, text: str) -> Finding | None:
    language = language_named(hole.language)
    if language is None or not language.compiled_by_cpython:
        return None
    if not _RECEIVER.search(hole.line_head + text + hole.line_tail):
        return None
    if len(text) > MAX_TEXT or is_large(hole):
        return Outcome.SKIP, "it is too long to be checked"
    if "\0" in hole.prefix + text + hole.suffix:
        return Outcome.SKIP, "there is a NUL character in it"
    dynamic = _DYNAMIC.search(hole.fill(text))
    if dynamic:
        return Outcome.SKIP, f"there is {dynamic.group().strip('( ')!r} in the document"
    module, compiled = comparison_module(hole), compile_filled(hole, text)
    if module is None or compiled.module is None or compiled.outcome is not Outcome.PASS:
        return Outcome.SKIP, "the document does not compile"
    words = words_of(hole, text)
    reads = attributes_read(compiled.module, Region.of(compiled.frame, text))
    return _worst([_judge(module, compiled.module, read) for read in reads if read.name in words])


def _judge(module: ast.Module, filled: ast.Module, read: AttributeRead) -> Finding:
    """Judge an attribute by the document without the hole's line, then by the filled hole."""
    family = class_family(module, read.owner)
    if (family and read.name in family.known) or read.name in defined_in(filled):
        return Outcome.PASS, ""
    if family is None or family.open:
        return Outcome.SKIP, family.open if family else "its class is not known without it"
    close = get_close_matches(read.name, family.known, 1, 0.8)
    hint = f"; is it {close[0]!r}?" if close else ""
    return Outcome.FAIL, f"{read.owner[-1]} has no attribute {read.name!r}{hint}"


def _worst(findings: list[Finding]) -> Finding | None:
    order = (Outcome.FAIL, Outcome.SKIP, Outcome.PASS)
    return min(findings, key=lambda finding: order.index(finding[0]), default=None)
