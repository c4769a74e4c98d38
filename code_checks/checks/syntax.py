"""The syntax check: does the document still parse with this text in the hole?

Errors that touch the statement holding the inserted text always count; errors elsewhere count
only if they are new. MISSING nodes count like ERROR nodes.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from code_checks.checks.grammar_exceptions import grammar_exception
from code_checks.checks.judged import Finding, judged
from code_checks.hole import Hole, surrounding_lines
from code_checks.languages import Language, language_named
from code_checks.python.compile import compile_filled, is_magic
from code_checks.text.enclosing import MAX_TEXT, enclosing_definition, is_large
from code_checks.trees.open_ends import with_bodies, with_ends
from code_checks.trees.source_tree import Fault, SourceTree, comparison_tree, filled_tree
from code_checks.trees.statement_ends import with_statement_ends
from code_checks.trees.statements import new_faults, split_faults
from code_checks.verdict import Outcome, Verdict

CHECK = "syntax"
_SIMPLE_TEXTS = ("", "x", "x x", "x: x", " + x", "x = x")


def check_syntax(hole: Hole, text: str) -> Verdict:
    """Check the syntax of a document with `text` in its hole, against the document without it.

    SKIP, with the reason, for a language without grammar, and where the code around the hole is
    so broken that nothing can be said. Never raises because of the code.
    """
    return judged(CHECK, _find, hole, text)


def _find(hole: Hole, text: str) -> Finding:
    language = language_named(hole.language)
    if language is None:
        return Outcome.SKIP, f"no grammar for {hole.language!r}"
    if any("\0" in part for part in (hole.prefix, text, hole.suffix)):
        return Outcome.SKIP, "there is a NUL character in it"
    if len(text) > MAX_TEXT:
        return Outcome.SKIP, "the text is too long to be checked"
    if language.compiled_by_cpython and is_magic(hole, text):
        return Outcome.SKIP, "a notebook's magic command is not Python"
    frame = enclosing_definition(hole) if is_large(hole) else hole
    if frame is None:
        return Outcome.SKIP, "the document is too long, and no definition encloses the hole"
    outcome, detail = _parse(language, frame, text, is_part=frame is not hole)
    if outcome is Outcome.FAIL or not language.compiled_by_cpython:
        return outcome, detail
    compiled = compile_filled(hole, text)
    return compiled.outcome, compiled.detail or detail


def _parse(language: Language, hole: Hole, text: str, *, is_part: bool) -> Finding:
    """Judge by tree-sitter: as it is, with a body, then with repaired or less surroundings."""
    fault = _first_fault(language, hole, text)
    if fault is None:
        if _comments_out_the_rest(language, hole, text):
            return Outcome.FAIL, "it makes a comment of what follows on the line"
        return Outcome.PASS, ""
    if _parses_with_body(language, hole, text):
        return Outcome.PASS, "tried with a body"
    ended = with_statement_ends(hole)
    if any(_is_sound(language, each, text) for each in ended):
        return Outcome.PASS, "tried with the rest of its statement"
    comparison = _comparison(language, hole)
    if comparison.faults:
        for grammar, frame, detail in _frames(language, hole):
            if _first_fault(grammar, frame, text) is None:
                return Outcome.PASS, detail
            if _parses_with_body(grammar, frame, text):
                return Outcome.PASS, f"{detail}, and with a body"
            if any(_is_sound(grammar, each, text) for each in with_statement_ends(frame)):
                return Outcome.PASS, f"{detail}, and with the rest of its statement"
        if is_part or (_is_broken_there(comparison) and _stands_alone(language, hole, text)):
            return Outcome.SKIP, "the code around it does not parse"
    if ended and not _can_end(language, hole):
        return Outcome.SKIP, "its statement lacks more than an end"
    exception = grammar_exception(language, hole, text, comparison)
    if exception:
        return Outcome.SKIP, exception
    return Outcome.FAIL, _message(hole, fault, is_part=is_part)


def _comments_out_the_rest(language: Language, hole: Hole, text: str) -> bool:
    """Tell whether code behind the hole would be in a comment that the text begins."""
    rest = hole.line_tail.lstrip()
    if not rest or (language.line_comment and rest.startswith(language.line_comment)):
        return False
    filled = filled_tree(language, hole, text)
    at = filled.text_end + len(hole.line_tail) - len(rest)
    node = filled.tree.root_node.descendant_for_byte_range(at, at + 1)
    while node is not None and "comment" not in node.type:
        node = node.parent
    return node is not None and filled.text_start <= node.start_byte < filled.text_end


def _frames(language: Language, hole: Hole) -> Iterator[tuple[Language, Hole, str]]:
    """Yield the hole in repaired or smaller surroundings, for a document with errors of its own.

    The enclosing definition alone is quicker to parse than the document, so it goes first. A
    document that may be in another language is then read as that one.
    """
    part = enclosing_definition(hole)
    frame, where = (part, "in its enclosing definition") if part else (hole, "")
    ended = with_ends(frame)
    other = language_named(language.read_also_as)
    for grammar in (language, other):
        if grammar is not None:
            if part is not None or grammar is other:
                yield grammar, frame, where or f"read as {grammar.title}"
            for hole_with_ends in ended:
                yield grammar, hole_with_ends, "tried with an end for what is unfinished around it"


def _message(hole: Hole, fault: Fault, *, is_part: bool) -> str:
    """Say what is wrong and in which line; an error that began above is reported at the hole."""
    row = hole.prefix.count("\n")
    if is_part:
        return fault.message
    if fault.row < row:
        return f"line {row + 1}: the statement does not parse"
    return f"line {fault.row + 1}: {fault.message}"


def _first_fault(language: Language, hole: Hole, text: str) -> Fault | None:
    """Return the first error that counts against the text, touching ones first."""
    if _fault_in(filled_tree(language, hole, text), _comparison(language, hole)) is None:
        return None
    return _fault_in(filled_tree(language, hole, text, anew=True), _comparison(language, hole))


def _fault_in(filled: SourceTree, comparison: SourceTree) -> Fault | None:
    if not filled.faults:
        return None
    touching, elsewhere = split_faults(filled)
    counted = touching or new_faults(elsewhere, filled, comparison)
    return counted[0] if counted else None


def _parses_with_body(language: Language, hole: Hole, text: str) -> bool:
    return any(
        _first_fault(language, body, text) is None
        and not _comments_out_the_rest(language, body, text)
        for body in with_bodies(hole, text)
    )


def _is_sound(language: Language, hole: Hole, text: str) -> bool:
    """Tell whether nothing counts against the text where the rest of its statement is supplied.

    The edited tree is enough: it is right where it has no errors.
    """
    fault = _fault_in(filled_tree(language, hole, text), _comparison(language, hole))
    if fault is None:
        return not _comments_out_the_rest(language, hole, text)
    return _parses_with_body(language, hole, text)


@lru_cache(maxsize=16)
def _can_end(language: Language, hole: Hole) -> bool:
    """Tell whether one of the ends makes a statement of the line for some simple text.

    If none does, then what a line with any text lacks says nothing about the text.
    """
    texts = [text for text in _SIMPLE_TEXTS if text or hole.line_head.strip()]
    ended = with_statement_ends(hole)
    return any(_is_sound(language, each, text) for each in (hole, *ended) for text in texts)


def _comparison(language: Language, hole: Hole) -> SourceTree:
    return comparison_tree(language, *surrounding_lines(hole))


def _is_broken_there(comparison: SourceTree) -> bool:
    at = comparison.line_start
    return any(fault.start <= at <= fault.end for fault in comparison.faults)


def _stands_alone(language: Language, hole: Hole, text: str) -> bool:
    """Tell whether the inserted lines parse as a document of their own."""
    alone = Hole(hole.language, hole.line_head, hole.line_tail)
    return not filled_tree(language, alone, text).faults
