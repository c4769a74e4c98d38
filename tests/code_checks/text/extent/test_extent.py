"""How much a hole asks for, and where a text has left that."""

from __future__ import annotations

from pathlib import Path

import pytest

from code_checks.hole import Extent, Hole
from code_checks.text.extent import end_of_extent, natural_extent
from tests.notation import Case, check, read_cases

HERE = Path(__file__).parent
ENDS = read_cases(HERE / "ends")
NEIGHBORHOOD = 20


def kept(hole: Hole, text: str, extent: Extent) -> str:
    return text[: end_of_extent(hole, text, extent)]


@pytest.mark.parametrize("case", read_cases(HERE / "natural"), ids=str)
def test_natural_extent(case: Case) -> None:
    check(case, "extent", natural_extent(case.hole))


@pytest.mark.parametrize("case", ENDS, ids=str)
def test_end_of_extent(case: Case) -> None:
    check(case, "kept", kept(case.hole, case.sections["text"], Extent(case.words[1])))


@pytest.mark.parametrize("case", ENDS, ids=str)
def test_stopping_early_loses_nothing(case: Case) -> None:
    """A decoder that asks at every character stops with what a decoder that asks late keeps."""
    text, extent = case.sections["text"], Extent(case.words[1])
    whole = kept(case.hole, text, extent)
    for length in range(len(text) + 1):
        end = end_of_extent(case.hole, text[:length], extent)
        if end is not None:
            assert text[:end].rstrip() == whole.rstrip()
            return
    assert whole == text


@pytest.mark.parametrize("case", ENDS, ids=str)
def test_what_is_kept_is_inside(case: Case) -> None:
    extent = Extent(case.words[1])
    inside = kept(case.hole, case.sections["text"], extent)
    assert kept(case.hole, inside, extent) == inside
