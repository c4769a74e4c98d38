"""What the smallest edit makes of a broken document, and what holds for every edit."""

from __future__ import annotations

from pathlib import Path

import pytest

from code_checks.fixes.replacement import line_span, smallest_edit
from code_checks.fixes.syntax_errors import syntax_errors
from code_checks.fixes.token_edits import fixes
from tests.notation import Case, check, read_cases

CASES = read_cases(Path(__file__).parent / "cases")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_best_fix(case: Case) -> None:
    hole = case.hole
    source, row = hole.prefix + hole.suffix, hole.prefix.count("\n")
    found = fixes(hole.language, source, row)
    check(case, "fixed", found[0].apply(source) if found else "")
    before = syntax_errors(hole.language, source)
    for fix in found:
        assert before is not None
        after = syntax_errors(hole.language, fix.apply(source))
        assert after is not None and after.severity.improves_on(before.severity)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_any_part_of_a_document_can_be_judged(case: Case) -> None:
    source = case.hole.prefix + case.hole.suffix
    for length in range(0, len(source), 7):
        assert len(line_span(source[:length], 2)) == 2
        syntax_errors(case.hole.language, source[:length])


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("abc", "abc", (3, 3, "")),
        ("abc", "axc", (1, 2, "x")),
        ("abc", "abbc", (2, 2, "b")),
        ("abbc", "abc", (2, 3, "")),
        ("", "x", (0, 0, "x")),
        ("aaa", "aa", (2, 3, "")),
        ("aa", "aaa", (2, 2, "a")),
    ],
)
def test_the_smallest_edit(old: str, new: str, expected: tuple[int, int, str]) -> None:
    edit = smallest_edit(f"<{old}>", 1, 1 + len(old), new)
    assert edit.apply(f"<{old}>") == f"<{new}>"
    assert (edit.start - 1, edit.end - 1, edit.text) == expected


@pytest.mark.parametrize(
    ("source", "row", "expected"),
    [
        ("a\nbc\n", 1, "bc"),
        ("a\r\nbc\r\n", 0, "a"),
        ("a\nbc", 1, "bc"),
        ("a\nbc", 9, "bc"),
        ("", 0, ""),
    ],
)
def test_the_line_of_a_row(source: str, row: int, expected: str) -> None:
    start, end = line_span(source, row)
    assert source[start:end] == expected
