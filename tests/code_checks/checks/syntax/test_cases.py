"""What the syntax check says about recorded texts.

A case's `code` is a document with its cursor. Each line of a section PASS, FAIL or SKIP is one
text for the hole; a section whose name goes on (`PASS block`) is one text as a whole.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from code_checks.checks.syntax import check_syntax
from code_checks.hole import Hole
from code_checks.verdict import Outcome, Verdict
from tests.notation import read_cases

CASES = [
    pytest.param(case.hole, text, Outcome(name.split()[0]), id=f"{case}: {name}: {text[:30]!r}")
    for case in read_cases(Path(__file__).parent / "cases")
    for name, body in case.sections.items()
    if name != "code"
    for text in ([body] if " " in name else body.split("\n"))
]


def check(hole: Hole, text: str, expected: Outcome) -> Verdict:
    verdict = check_syntax(hole, text)
    assert verdict.outcome is expected, verdict
    assert verdict.check == "syntax"
    assert verdict.ms >= 0
    assert verdict.detail or verdict.outcome is Outcome.PASS
    return verdict


@pytest.mark.parametrize(("hole", "text", "expected"), CASES)
def test_expected(hole: Hole, text: str, expected: Outcome) -> None:
    check(hole, text, expected)


@pytest.mark.parametrize(("hole", "text", "expected"), CASES)
def test_the_same_with_other_line_ends(hole: Hole, text: str, expected: Outcome) -> None:
    windows = Hole(
        hole.language, hole.prefix.replace("\n", "\r\n"), hole.suffix.replace("\n", "\r\n")
    )
    check(windows, text.replace("\n", "\r\n"), expected)


@pytest.mark.parametrize(("hole", "text", "expected"), CASES)
def test_the_same_again(hole: Hole, text: str, expected: Outcome) -> None:
    assert check(hole, text, expected).detail == check(hole, text, expected).detail
