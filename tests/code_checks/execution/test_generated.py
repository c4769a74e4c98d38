"""Tests that models wrote: taken apart, deduplicated, weighed."""

from __future__ import annotations

import pytest

from code_checks.execution.generated_tests import PER_GENERATION, distinct_calls, generated_tests

CASES = {
    "continues the word assert": ("python", ["f(1) == 2\nassert f(2) == 3"],
                                  {"assert f(1) == 2": 1, "assert f(2) == 3": 1}),
    "begins with it": ("python", ["assert f(1) == 2"], {"assert f(1) == 2": 1}),
    "counts generations": ("python", ["f(1) == 2", "f(1) == 2", "f(1) == 3"],
                           {"assert f(1) == 2": 2, "assert f(1) == 3": 1}),
    "over several lines": ("python", ["f([1,\n   2]) == 3\n"], {"assert f([1,\n   2]) == 3": 1}),
    "ends where something else begins": (
        "python", ["f(1) == 2\n\ndef g():\n    assert f(0) == 0", "f(3) == 4\n# assert f(9)\n"],
        {"assert f(1) == 2": 1, "assert f(0) == 0": 1, "assert f(3) == 4": 1, "assert f(9)": 1},
    ),
    "about another function": ("python", ["g(1) == 2\nassert self.f(1) == 2\nassert ff(1)"], {}),
    "cut off": ("python", ["f(1) == 2\nassert f(2) == [1, 2"], {"assert f(1) == 2": 1}),
    "more than an assertion": ("python", ["f(1) == 2; import os"], {}),
    "silent": ("python", ["", "\n"], {}),
    "JavaScript": (
        "javascript",
        ["assert.deepStrictEqual(f(1), 2);\nassert(f(2) === 3)\nassert.ok(g(1));\nf(3);"],
        {"assert.deepStrictEqual(f(1), 2)": 1, "assert(f(2) === 3)": 1},
    ),
    "Go is not written": ("go", ["assert f(1) == 2"], {}),
}  # fmt: skip


@pytest.mark.parametrize(("language", "generations", "expected"), CASES.values(), ids=CASES)
def test_case(language: str, generations: list[str], expected: dict[str, int]) -> None:
    tests = generated_tests(language, "f", generations)
    assert {test.code: test.weight for test in tests} == expected


def test_the_first_five_of_a_generation_count() -> None:
    generation = "".join(f"assert f({number}) == {number}\n" for number in range(9))
    tests = generated_tests("python", "f", [generation])
    assert [test.call for test in tests] == [f"f({number})" for number in range(PER_GENERATION)]


def test_the_most_agreed_on_come_first() -> None:
    tests = generated_tests("python", "f", ["f(1)", "f(2)", "f(2)", "f(3)", "f(3)", "f(3)"])
    assert [test.code for test in tests] == ["assert f(3)", "assert f(2)", "assert f(1)"]


def test_inputs_are_the_calls_that_stand_alone() -> None:
    tests = generated_tests("python", "f", ["f(1) == 2", "f( 1 ) == 3", "f(1) == f(2)", "f(f(3))"])
    assert distinct_calls(tests) == ("f(1)",)
