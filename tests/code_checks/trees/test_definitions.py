"""Each file: a source text, a line of dashes, its outline. `tests.golden` rewrites outlines."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from code_checks.trees.definitions import Definition, definitions
from tests.golden import check_file

CASES = sorted((Path(__file__).parent / "outlines").glob("*.txt"))
DASHES = "----\n"


def shown(definition: Definition) -> str:
    members = f" with {' '.join(sorted(definition.members))}" if definition.members else ""
    lines = f"{definition.first_line}-{definition.last_line}"
    return f"# {definition.name} {lines}{members}\n{definition.text}\n"


def language_of(case: Path) -> str:
    return case.stem.removeprefix("fragment-")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_outline(case: Path) -> None:
    source = case.read_text(encoding="utf-8").partition(DASHES)[0]
    outline = "".join(map(shown, definitions(language_of(case), source)))
    check_file(case, source + DASHES + outline)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_every_beginning_and_end_of_a_file_has_an_outline(case: Path) -> None:
    source = case.read_text(encoding="utf-8").partition(DASHES)[0]
    whole = {found.name for found in definitions(language_of(case), source)}
    assert whole
    for cut in range(0, len(source), 7):
        for part in (source[:cut], source[cut:]):
            for found in definitions(language_of(case), part):
                assert found.name
                assert found.text
                assert 0 <= found.first_line <= found.last_line <= part.count("\n")


@given(st.text(max_size=200), st.sampled_from(["python", "typescript", "c", "go", "rust"]))
def test_no_text_is_too_odd(text: str, language: str) -> None:
    for found in definitions(language, text):
        assert found.last_line <= text.count("\n")


def test_languages_without_outlines() -> None:
    for language in ("plaintext", "json", "html", "no-such-language"):
        assert definitions(language, "def f(): pass") == ()
