"""Experts at the level of models: a model that is good at what a hole is about is asked first.

The idea of a mixture of experts (Jacobs et al. 1991; of models by skill: Symbolic-MoE, Chen et al.
2025, arXiv 2503.05641) with the gate written down by the user: a model declares its skills.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from code_checks.hole import Hole
from code_checks.text.lexical import balance, is_string
from ensemble.policy.policy import Tier

_NEAR = 3_000
_TESTS = re.compile(
    r"(?:^|/)(?:tests?|spec|__tests__)/|(?:^|/)(?:test_[^/]*|conftest)\.py\Z"
    r"|[._](?:test|spec)\.\w+\Z|Tests?\.(?:java|cs|kt)\Z"
)
_IN_A_TEST = re.compile(r"^\s*(?:async\s+)?(?:def\s+test_|func\s+Test[A-Z_])\w*[^\n]*\Z", re.M)
_SQL = re.compile(
    r"""["'`]\s*(?:SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|WITH|DROP)\b[^"'`]*\Z""", re.I
)
_REGEX = re.compile(
    r"""(?:\bre\.\w+\(|RegExp\(|MustCompile\(|Regex(?:::new)?\()\s*[rRf]{0,2}["'`][^"'`]*\Z"""
)


def wanted_skills(hole: Hole, path: str) -> tuple[str, ...]:
    """Return the skills that a hole asks for, the most special first: some of `sql`, `regex`,
    `prose` and `tests`; the last is its language's identifier."""
    near = Hole(hole.language, hole.prefix[-_NEAR:], "")
    return (*_special_skills(near, path), hole.language)


def _special_skills(hole: Hole, path: str) -> Iterator[str]:
    inside = balance(hole).inside
    if inside and is_string(inside):
        begun = hole.prefix[-600:]
        if _SQL.search(begun):
            yield "sql"
        if _REGEX.search(begun):
            yield "regex"
    if (inside and not is_string(inside)) or hole.language in ("markdown", "plaintext"):
        yield "prose"
    if _TESTS.search(path) or _in_a_test(hole.prefix):
        yield "tests"


def _in_a_test(prefix: str) -> bool:
    """Whether the last function that begins at or left of the cursor's block is a test."""
    for line in reversed(prefix.splitlines()):
        if re.match(r"\s*(?:async\s+)?def\s|func\s", line):
            return _IN_A_TEST.match(line) is not None
    return False


def experts_first(
    tiers: Sequence[Tier], skills: Mapping[str, tuple[str, ...]], wanted: Sequence[str]
) -> tuple[tuple[Tier, ...], str]:
    """Return the tiers with the experts first, and which skill brought which model there, in words.

    Models with a wanted skill come first, the more special skill before the more general; then
    models that declare no skill, for they are good at everything; last models whose skills are
    others. Within each the order stays. The words are "" where it stays as a whole. Pure.
    """

    def rank(tier: Tier) -> int:
        declared = skills.get(tier.model, ())
        if not declared:
            return len(wanted)
        found = [position for position, skill in enumerate(wanted) if skill in declared]
        return found[0] if found else len(wanted) + 1

    ordered = tuple(sorted(tiers, key=rank))
    if not ordered or rank(ordered[0]) >= len(wanted):
        first = ""
    else:
        first = f"expert for {wanted[rank(ordered[0])]}: {ordered[0].model}"
    if ordered == tuple(tiers) and not first:
        return ordered, ""
    last = [tier.model for tier in ordered if rank(tier) > len(wanted)]
    behind = f"no expert here: {', '.join(last)}" if last else ""
    return ordered, "; ".join(part for part in (first, behind) if part)
