"""The names check: does the text read a name that nothing in the document ever binds?

Precise rather than complete: one binding anywhere in the document, in whatever scope, settles it,
and so does one earlier use, because the name may come from where no check can see.
"""

from __future__ import annotations

import ast
import re
from difflib import get_close_matches
from functools import lru_cache

from code_checks.checks.judged import Finding, judged
from code_checks.hole import Hole, surrounding_lines
from code_checks.languages import language_named
from code_checks.python.compile import compile_filled, is_notebook
from code_checks.python.scope import (
    BUILTINS,
    PYTHON_2_BUILTINS,
    Region,
    names_in,
    names_touching,
)
from code_checks.python.statement_window import comparison_module
from code_checks.text.enclosing import MAX_TEXT, is_large
from code_checks.verdict import Outcome, Verdict

CHECK = "names"
_WORD = re.compile(r"[^\W\d]\w*")
_LAST_WORD = re.compile(r"\w+$")
_FIRST_WORD = re.compile(r"^\w+")
_PYTHON_2 = re.compile(r"\bPY[23]\b|\bversion_info\b|\bsix\b")
_NAMESPACE = r"(?<![\w.])(?:globals|locals|vars)\(\s*\)"
_HARMLESS = re.compile(
    rf"(?:%|\*\*|\bin|\bnot in)\s*{_NAMESPACE}(?!\s*[.\[])"
    rf"|{_NAMESPACE}(?:\.(?:get|items|keys|values|copy)\(|\[[^\[\]]*\](?!\s*(?:=[^=]|[-+*/|&^%]=)))"
)
_DYNAMIC_HINTS = (
    "import *",
    "import (",
    "import(",
    "exec",
    "globals",
    "locals",
    "vars",
    "builtin",
    "sys.",
)
_DYNAMIC = (
    (re.compile(r"^\s*from\s+[\w.]+\s+import\s*\(?\s*\*", re.MULTILINE), "a star import"),
    (re.compile(r"(?<![\w.])(?:exec|execfile)\s*\("), "a call of exec"),
    (re.compile(_NAMESPACE), "a namespace that is written to"),
    (re.compile(r"\b__builtins__\b|\bbuiltins\.\w+\s*=(?!=)"), "changes of the builtins"),
    (re.compile(r"\bsetattr\(\s*(?:builtins|__builtin__|sys\.modules)"), "changes of a module"),
    (re.compile(r"\bsys\.(?:modules\[__name__\]|_getframe)"), "access to a namespace"),
)


def check_names(hole: Hole, text: str) -> Verdict:
    """Check that every name which `text` reads is known to the document.

    FAIL only for a name that is new in this document, bound nowhere in it and not built in. SKIP,
    with the reason, for other languages than Python, where names can appear from elsewhere (star
    imports, `exec`, writes to `globals()`, notebooks), and where the document does not parse.
    """
    return judged(CHECK, _find, hole, text)


def _find(hole: Hole, text: str) -> Finding:
    language = language_named(hole.language)
    if language is None or not language.compiled_by_cpython:
        return Outcome.SKIP, "names are only checked in Python"
    if any("\0" in part for part in (hole.prefix, text, hole.suffix)):
        return Outcome.SKIP, "there is a NUL character in it"
    if len(text) > MAX_TEXT:
        return Outcome.SKIP, "the text is too long to be checked"
    if is_notebook(hole):
        return Outcome.SKIP, "a notebook's cells share their names"
    before, after = surrounding_lines(hole)  # These stay the same while a line is typed.
    lines = hole.line_head + text + hole.line_tail
    dynamic = _dynamic_names(lines) or _dynamic_names(before) or _dynamic_names(after)
    if dynamic:
        return Outcome.SKIP, f"there is {dynamic}"
    compiled = compile_filled(hole, text)
    if compiled.module is None:
        return Outcome.SKIP, "the document does not parse"
    return _judge(hole, text, compiled.frame, compiled.module)


def _judge(hole: Hole, text: str, frame: Hole, module: ast.Module) -> Finding:
    read = names_touching(module, Region.of(frame, text)).read & words_of(hole, text)
    suspects = read - BUILTINS - names_touching(module, _lines(frame, text)).bound
    unknown = [name for name in sorted(suspects) if not _is_known(hole, name)]
    if not unknown:
        return Outcome.PASS, ""
    if "NameError" in frame.fill(text):
        return Outcome.SKIP, "names are probed for with NameError"
    close = get_close_matches(unknown[0], _names_around(hole) or BUILTINS, 1, 0.8)
    hint = f"; is it {close[0]!r}?" if close else ""
    return Outcome.FAIL, f"unknown name {unknown[0]!r}{hint}"


def _is_known(hole: Hole, name: str) -> bool:
    """Tell whether the document around the hole binds or uses a name."""
    document = hole.prefix + "\0" + hole.suffix
    if name in PYTHON_2_BUILTINS and _PYTHON_2.search(document):
        return True
    if not re.search(rf"(?<!\w){name}(?!\w)", document):
        return False
    names = _names_around(hole)
    return names is None or name in names


@lru_cache(maxsize=8)
def _names_around(hole: Hole) -> frozenset[str] | None:
    """Return every name of the document without the inserted text; None if it is not parsed.

    Where it is not parsed, because it is long or because the hole's line carries its structure,
    every word of it has to count as a name.
    """
    module = None if is_large(hole) else comparison_module(hole)
    if module is None:
        return None
    names = names_in(module)
    head = _LAST_WORD.sub("", hole.line_head)
    tail = _FIRST_WORD.sub("", hole.line_tail)
    return names.bound | names.read | frozenset(_WORD.findall(f"{head} {tail}"))


def words_of(hole: Hole, text: str) -> set[str]:
    """Return the words of a text, with what the hole's line adds to its first and its last one."""
    before, after = _LAST_WORD.search(hole.line_head), _FIRST_WORD.search(hole.line_tail)
    first, last = before.group() if before else "", after.group() if after else ""
    return set(_WORD.findall(first + text + last))


def _lines(frame: Hole, text: str) -> Region:
    """Return the lines that the text stands in."""
    region = Region.of(frame, text)
    return Region((region.start[0], 0), (region.end[0] + 1, 0))


@lru_cache(maxsize=16)
def _dynamic_names(text: str) -> str:
    """Return what lets names appear in a text that no binding shows, or nothing."""
    if not any(hint in text for hint in _DYNAMIC_HINTS):
        return ""  # Searching for a word is a hundred times faster than the expressions.
    plain = _HARMLESS.sub("", text)
    return next((reason for pattern, reason in _DYNAMIC if pattern.search(plain)), "")
