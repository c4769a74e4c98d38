"""The check for dead code: does the text do something, and leave what follows reachable?

Proof of more than syntax: `return order` above other statements parses, and so does `x = x`.
"""

from __future__ import annotations

from tree_sitter import Node

from code_checks.checks.judged import Finding, judged
from code_checks.hole import Hole
from code_checks.languages import language_named
from code_checks.python.compile import compile_filled
from code_checks.text.enclosing import MAX_TEXT, enclosing_definition, is_large
from code_checks.trees.reachability import assigned_to_itself, is_readable, unreachable
from code_checks.trees.source_tree import filled_tree
from code_checks.verdict import Outcome, Verdict

CHECK = "dead_code"


def check_dead_code(hole: Hole, text: str) -> Verdict:
    """Check that a text neither is nor makes dead code.

    FAIL where the text stands directly behind a statement that leaves its block, makes what follows
    unreachable by such a statement, or completes an assignment of a name to itself. What was
    unreachable before is not held against it, nor what is hoisted, labeled or says that there is
    no code yet. SKIP, with the reason, where the order of the statements is not known.
    """
    return judged(CHECK, _find, hole, text)


def _find(hole: Hole, text: str) -> Finding:
    language = language_named(hole.language)
    if language is None or language.flow is None:
        return Outcome.SKIP, "where statements leave a block is not known of this language"
    if any("\0" in part for part in (hole.prefix, text, hole.suffix)):
        return Outcome.SKIP, "there is a NUL character in it"
    frame = enclosing_definition(hole) if is_large(hole) else hole
    if frame is None or len(text) > MAX_TEXT:
        return Outcome.SKIP, "it is too long to be checked"
    if language.compiled_by_cpython and compile_filled(hole, text).outcome is not Outcome.PASS:
        return Outcome.SKIP, "the document does not compile"
    if not text.strip():
        return Outcome.PASS, ""
    filled = filled_tree(language, frame, text)
    if not is_readable(filled):
        return Outcome.SKIP, "the code around it does not parse"
    dead = unreachable(language.flow, filled)
    if dead is not None:
        return Outcome.FAIL, f"nothing reaches {_shown(dead)}"
    idle = assigned_to_itself(language.flow, filled)
    return (Outcome.FAIL, f"{_shown(idle)} does nothing") if idle else (Outcome.PASS, "")


def _shown(statement: Node) -> str:
    text = (statement.text or b"").decode("utf-8", "replace")
    return repr(text.split("\n")[0].strip()[:40])
