"""Examples in documentation, read as tests; and types, read as nothing."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from code_checks.execution.visible_tests import visible_tests
from code_checks.hole import Hole
from code_checks.trees.functions import Function
from code_checks.trees.type_stripping import NotErasable, strip_types
from tests.notation import Case, check, read_cases

EXAMPLES = read_cases(Path(__file__).parent / "examples")
TYPES = read_cases(Path(__file__).parent / "types")


def _function(case: Case) -> Function:
    language, *words = case.words
    return Function(
        language=language,
        name="F" if language == "go" else "f",
        owner="",
        parameters=("x",),
        documentation=case.sections["documentation"],
        span=(0, 0),
        body=(0, 0),
        is_stub=True,
        has_values="method" not in words,
    )


@pytest.mark.parametrize("case", EXAMPLES, ids=str)
def test_examples(case: Case) -> None:
    tests = visible_tests(_function(case), Hole(case.words[0], "", ""))
    check(case, "expected", "\n".join(test.code for test in tests))
    assert all(test.label for test in tests)


@pytest.mark.parametrize("case", [c for c in EXAMPLES if c.words[0] == "python"], ids=str)
def test_every_example_compiles(case: Case) -> None:
    for test in visible_tests(_function(case), Hole("python", "", "")):
        ast.parse(test.code)


@pytest.mark.parametrize("case", TYPES, ids=str)
def test_types(case: Case) -> None:
    if "refused" in case.sections:
        with pytest.raises(NotErasable, match=case.sections["refused"]):
            strip_types(case.sections["code"])
    else:
        check(case, "expected", strip_types(case.sections["code"]))


@pytest.mark.parametrize("case", TYPES, ids=str)
def test_lines_keep_their_places(case: Case) -> None:
    if "expected" in case.sections:
        code = case.sections["code"]
        assert [len(line) for line in strip_types(code).split("\n")] == [
            len(line) for line in code.split("\n")
        ]
