"""What the attributes check says of recorded texts; NONE: it says nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from code_checks.checks.attributes import check_attributes
from code_checks.hole import Hole
from tests.code_checks.checks.recorded_texts import recorded_texts

CASES = list(recorded_texts(Path(__file__).parent / "cases"))


def check(hole: Hole, text: str, expected: str) -> None:
    verdict = check_attributes(hole, text)
    assert (verdict.outcome if verdict else "NONE") == expected, verdict
    assert verdict is None or verdict.check == "attributes"
    assert verdict is None or verdict.detail or expected == "PASS"


@pytest.mark.parametrize(("hole", "text", "expected"), CASES)
def test_expected(hole: Hole, text: str, expected: str) -> None:
    check(hole, text, expected)


@pytest.mark.parametrize(("hole", "text", "expected"), CASES)
def test_the_same_with_other_line_ends(hole: Hole, text: str, expected: str) -> None:
    windows = [part.replace("\n", "\r\n") for part in (hole.prefix, hole.suffix)]
    check(Hole(hole.language, *windows), text, expected)


def test_a_close_attribute_is_suggested() -> None:
    hole = Hole("python", "class A:\n    def f(self):\n        self.value = 1\n        ", "\n")
    verdict = check_attributes(hole, "return self.valeu")
    assert verdict is not None
    assert verdict.detail == "A has no attribute 'valeu'; is it 'value'?"
