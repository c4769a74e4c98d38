"""What the names check says about recorded texts."""

from __future__ import annotations

from pathlib import Path

import pytest

from code_checks.checks.names import check_names
from code_checks.hole import Hole
from code_checks.verdict import Outcome
from tests.code_checks.checks.recorded_texts import recorded_texts

CASES = list(recorded_texts(Path(__file__).parent / "cases"))


def check(hole: Hole, text: str, expected: str) -> None:
    verdict = check_names(hole, text)
    assert verdict.outcome is Outcome(expected), verdict
    assert verdict.check == "names"
    assert verdict.detail or verdict.outcome is Outcome.PASS


@pytest.mark.parametrize(("hole", "text", "expected"), CASES)
def test_expected(hole: Hole, text: str, expected: str) -> None:
    check(hole, text, expected)


@pytest.mark.parametrize(("hole", "text", "expected"), CASES)
def test_the_same_with_other_line_ends(hole: Hole, text: str, expected: str) -> None:
    windows = [part.replace("\n", "\r\n") for part in (hole.prefix, hole.suffix)]
    check(Hole(hole.language, *windows), text, expected)


def test_a_close_name_is_suggested() -> None:
    hole = Hole("python", "def f(value):\n    ", "\n")
    assert check_names(hole, "return valeu").detail == "unknown name 'valeu'; is it 'value'?"


def test_nothing_is_suggested_where_nothing_is_close() -> None:
    hole = Hole("python", "def f(value):\n    ", "\n")
    assert check_names(hole, "return zebra").detail == "unknown name 'zebra'"
