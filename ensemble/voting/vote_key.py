"""What makes two candidates votes for the same thing."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import lru_cache

from code_checks.checks.syntax import check_syntax
from code_checks.hole import Hole
from code_checks.trees.canonical import canonical_key
from code_checks.verdict import Outcome
from ensemble.policy.policy import VoteKey

KeyOf = Callable[[Hole, str], Hashable]
"""Returns a text's key in a hole: equal keys are votes for the same thing."""


def key_of(kind: VoteKey) -> KeyOf:
    """Return the function that gives texts their keys."""
    return _KEYS[kind]


def first_statement(hole: Hole, text: str) -> str:
    """Return the shortest beginning of a text, in whole lines, that is a statement in its place;
    all of it if no beginning is."""
    lines = text.splitlines(keepends=True)
    beginning = ""
    for line in lines[:-1]:
        beginning += line
        if line.strip() and check_syntax(hole, beginning).outcome is Outcome.PASS:
            return beginning
    return text


def _words(hole: Hole, text: str) -> Hashable:
    """Return the text without what line ends and blank lines add; indentation is kept."""
    lines = (hole.line_head + text).splitlines()
    return tuple(" ".join((line[: _indent(line)], *line.split())) for line in lines if line.strip())


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


@lru_cache(maxsize=512)
def _first_tree(hole: Hole, text: str) -> Hashable:
    return canonical_key(hole, first_statement(hole, text))


_KEYS: dict[VoteKey, KeyOf] = {
    VoteKey.TEXT: _words,
    VoteKey.TREE: canonical_key,
    VoteKey.STATEMENT: _first_tree,
}
