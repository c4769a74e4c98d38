"""What the syntax check says about recorded texts."""

from __future__ import annotations

from pathlib import Path

import pytest

from code_checks.checks.syntax import check_syntax
from code_checks.hole import Hole
from code_checks.verdict import Outcome, Verdict
from tests.code_checks.checks.recorded_texts import recorded_texts

CASES = list(recorded_texts(Path(__file__).parent / "cases"))


def check(hole: Hole, text: str, expected: str) -> Verdict:
    verdict = check_syntax(hole, text)
    assert verdict.outcome is Outcome(expected), verdict
    assert verdict.check == "syntax"
    assert verdict.ms >= 0
    assert verdict.detail or verdict.outcome is Outcome.PASS
    return verdict


@pytest.mark.parametrize(("hole", "text", "expected"), CASES)
def test_expected(hole: Hole, text: str, expected: str) -> None:
    check(hole, text, expected)


@pytest.mark.parametrize(("hole", "text", "expected"), CASES)
def test_the_same_with_other_line_ends(hole: Hole, text: str, expected: str) -> None:
    windows = Hole(
        hole.language, hole.prefix.replace("\n", "\r\n"), hole.suffix.replace("\n", "\r\n")
    )
    check(windows, text.replace("\n", "\r\n"), expected)


@pytest.mark.parametrize(("hole", "text", "expected"), CASES)
def test_the_same_again(hole: Hole, text: str, expected: str) -> None:
    assert check(hole, text, expected).detail == check(hole, text, expected).detail
