"""What trimming makes of models' texts: one file of cases for each kind of fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from code_checks.hole import Extent
from code_checks.trim import trim
from tests.notation import Case, check, read_cases

CASES = read_cases(Path(__file__).parent / "cases")


def extent_of(case: Case) -> Extent | None:
    return None if case.words[1] == "natural" else Extent(case.words[1])


@pytest.mark.parametrize("case", CASES, ids=str)
def test_expected(case: Case) -> None:
    finished = "unfinished" not in case.words
    check(
        case,
        "expected",
        trim(case.hole, case.sections["text"], extent_of(case), finished=finished),
    )


@pytest.mark.parametrize("case", CASES, ids=str)
def test_trimming_again_changes_nothing(case: Case) -> None:
    finished = "unfinished" not in case.words
    trimmed = trim(case.hole, case.sections["text"], extent_of(case), finished=finished)
    assert trim(case.hole, trimmed, extent_of(case)) == trimmed


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_beginning_can_be_trimmed(case: Case) -> None:
    """A model may stop anywhere, and its text may be looked at while it is being written."""
    text = case.sections["text"]
    for length in range(len(text)):
        for finished in (True, False):
            trimmed = trim(case.hole, text[:length], extent_of(case), finished=finished)
            assert trim(case.hole, trimmed, extent_of(case)) == trimmed
