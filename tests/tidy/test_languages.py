"""What is known about a language stands in its entry, and what users read of it is true."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

import pytest

from code_checks.languages import Language, all_languages
from tests.tidy.sources import product_modules, text

HOME = "code_checks/languages/"
PAGE = "docs/languages.md"
NAMES = {name for each in all_languages() for name in (each.name, *each.aliases)}

ALLOWED = {
    "code_checks/execution/runners/go.py": (
        {"go": 3, "sh": 1}, "the commands `go` and `sh`, which have the names of languages",
    ),
    "code_checks/execution/runners/node.py": ({"sh": 1}, "the command `sh`"),
    "ensemble/evaluation/tasks.py": (
        {"python": 3}, "the format of tasks is HumanEval's, whose tests are Python",
    ),
    "ensemble/reward/candidate_features.py": (
        {"python": 1}, "the language whose candidates the shipped rewards are fitted to",
    ),
    "lsp_server/commands/doctor.py": ({"python": 1}, "what the doctor says of its interpreter"),
    "lsp_server/commands/round_trip.py": ({"python": 1}, "a hole to try the models on"),
}  # fmt: skip
"""The product's files outside `languages` that may write the name of a language, how often each
name, and why. Everything else asks the entry of the language."""


def names_in(source: str) -> Iterator[str]:
    """Yield each string of a module that is the name or an alias of a language."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Constant(value=str(value)) if value in NAMES:
                yield value
            case _:
                pass


def written(file: str) -> dict[str, int]:
    return dict(Counter(names_in(text(file))))


def test_no_language_is_named_outside_its_entry() -> None:
    found = {file: names for file in product_modules()
             if not file.startswith(HOME) and (names := written(file))}  # fmt: skip
    assert found == {file: names for file, (names, _) in ALLOWED.items()}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("if language.name == 'python': pass", ["python"]),
        ("KNOWN = frozenset(('c', 'cpp'))", ["c", "cpp"]),
        ("OPENERS = {'sh': 1}", ["sh"]),
        ("match language:\n    case 'go': pass", ["go"]),
        ("language.startswith('javascript')", ["javascript"]),
        ("'''Works for python and go.'''", []),
        ("language.compiled_by_cpython", []),
    ],
)
def test_a_name_is_noticed(source: str, expected: list[str]) -> None:
    assert list(names_in(source)) == expected


def row_of(language: Language) -> str:
    """Return the row of a language in the table of the page."""
    checks = "syntax, compiler, names" if language.compiled_by_cpython else "syntax"
    cells = (
        f"`{language.name}`",
        language.title,
        ", ".join(f"`{alias}`" for alias in language.aliases),
        ", ".join(f"`.{extension}`" for extension in language.extensions),
        checks,
        "yes" if language.has_outlines else "",
        "yes" if language.has_functions else "",
        language.testing.toolchain.value if language.testing else "",
    )
    return f"|{'|'.join(f' {cell} ' if cell else ' ' for cell in cells)}|"


def test_the_page_of_languages_has_a_row_for_each() -> None:
    rows = [line for line in text(PAGE).splitlines() if line.startswith("| `")]
    assert rows == [row_of(language) for language in all_languages()]
