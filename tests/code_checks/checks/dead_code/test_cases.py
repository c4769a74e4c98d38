"""What the check for dead code says of recorded texts."""

from __future__ import annotations

from pathlib import Path

import pytest

from code_checks.checks.dead_code import check_dead_code
from code_checks.checks.syntax import check_syntax
from code_checks.hole import Hole
from code_checks.languages import language_named
from code_checks.verdict import Outcome
from tests.code_checks.checks.recorded_texts import recorded_texts

CASES = list(recorded_texts(Path(__file__).parent / "cases"))


def check(hole: Hole, text: str, expected: str) -> None:
    verdict = check_dead_code(hole, text)
    assert verdict.outcome is Outcome(expected), verdict
    assert verdict.check == "dead_code"
    assert verdict.detail or verdict.outcome is Outcome.PASS


@pytest.mark.parametrize(("hole", "text", "expected"), CASES)
def test_expected(hole: Hole, text: str, expected: str) -> None:
    check(hole, text, expected)


@pytest.mark.parametrize(("hole", "text", "expected"), CASES)
def test_the_same_with_other_line_ends(hole: Hole, text: str, expected: str) -> None:
    parts = [part.replace("\n", "\r\n") for part in (hole.prefix, hole.suffix, text)]
    check(Hole(hole.language, parts[0], parts[1]), parts[2], expected)


@pytest.mark.parametrize(("hole", "text", "expected"), CASES)
def test_what_fails_here_parses(hole: Hole, text: str, expected: str) -> None:
    """Otherwise a case would show nothing that the syntax check does not know."""
    language = language_named(hole.language)
    if language is not None and Outcome(expected) is not Outcome.SKIP:
        assert check_syntax(hole, text).outcome is Outcome.PASS


def test_the_statement_is_named() -> None:
    hole = Hole("python", "def f(order):\n    ", "\n    order.send()\n    order.close()\n")
    assert check_dead_code(hole, "return order").detail == "nothing reaches 'order.send()'"
    assert check_dead_code(hole, "order = order").detail == "'order = order' does nothing"
