"""The recorded candidates are what they are said to be."""

from __future__ import annotations

import pytest

from code_checks.checks.names import check_names
from code_checks.checks.syntax import check_syntax
from code_checks.languages import all_languages
from code_checks.trees.canonical import canonical_key
from code_checks.trim import trim
from code_checks.verdict import Outcome
from tests.ensemble.cascade.choosing.cases import ChoosingCase, choosing_cases

CASES = choosing_cases()


def test_every_language_has_cases() -> None:
    assert {case.hole.language for case in CASES} == {item.name for item in all_languages()}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_right_one_passes(case: ChoosingCase) -> None:
    assert trim(case.hole, case.right) == case.right
    assert check_syntax(case.hole, case.right).outcome is Outcome.PASS
    assert check_names(case.hole, case.right).outcome is not Outcome.FAIL


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_breaking_one_fails(case: ChoosingCase) -> None:
    assert check_syntax(case.hole, case.breaks).outcome is Outcome.FAIL


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_repeating_one_goes(case: ChoosingCase) -> None:
    left = trim(case.hole, case.repeats)
    assert not left or check_syntax(case.hole, left).outcome is Outcome.FAIL


@pytest.mark.parametrize("case", CASES, ids=str)
def test_they_never_vote_together(case: ChoosingCase) -> None:
    texts = (case.right, case.breaks, case.repeats)
    assert len({canonical_key(case.hole, text) for text in texts}) == len(texts)
