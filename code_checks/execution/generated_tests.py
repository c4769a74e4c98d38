"""Tests that models wrote: their assertions, taken apart, deduplicated and weighed.

The way of CodeT (Chen et al. 2022): each generation contributes its first five valid assertions
about the function, and an assertion weighs as much as there are generations that wrote it. Their
calls alone serve as inputs whose results are compared, as in MBR-exec (Shi et al. 2022).
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator

from code_checks.execution.unit_test import Origin, UnitTest
from code_checks.languages import parser, unit_testing_of
from code_checks.languages.ecmascript import JAVASCRIPT
from code_checks.languages.unit_testing import Toolchain

PER_GENERATION = 5
"""How many assertions of one generation count; later ones are more often wrong."""

_STOPS = re.compile(r"\n(?=class\b|def\b|#|if\b|print\b|```|@)")
_PYTHON_ASSERT = re.compile(r"(?<![\w.])assert\s+")
_SCRIPT_ASSERT = re.compile(r"(?m)^[ \t]*(assert(?:\.\w+)?\(.*\));?[ \t]*$")
_LONGEST = 2000


def understands_assertions(language: str) -> bool:
    """Tell whether the assertions that models write in a language can be told from other text."""
    testing = unit_testing_of(language)
    return testing is not None and bool(testing.assertion)


def generated_tests(language: str, name: str, generations: Iterable[str]) -> tuple[UnitTest, ...]:
    """Return the distinct assertions about a function, the most agreed on first.

    Each generation continues the word `assert` and a blank, or begins with it.
    """
    counts: Counter[str] = Counter()
    for generation in generations:
        counts.update(list(_assertions(language, name, generation))[:PER_GENERATION])
    return tuple(
        UnitTest(code, code, Origin.GENERATED, call=_call(language, name, code), weight=count)
        for code, count in counts.most_common()
    )


def distinct_calls(tests: Iterable[UnitTest]) -> tuple[str, ...]:
    """Return the calls that tests make, each once: inputs for comparing what candidates return."""
    return tuple(dict.fromkeys(test.call for test in tests if test.call))


def _assertions(language: str, name: str, generation: str) -> Iterator[str]:
    testing = unit_testing_of(language)
    match testing.toolchain if testing else None:
        case Toolchain.PYTHON:
            yield from _python_assertions(name, generation)
        case Toolchain.NODE:
            yield from _script_assertions(name, generation)


def _python_assertions(name: str, generation: str) -> Iterator[str]:
    mention = re.compile(rf"(?<![\w.]){re.escape(name)}(?!\w)")
    for part in _PYTHON_ASSERT.split(f"assert {generation}")[1:]:
        code = f"assert {_STOPS.split(part[:_LONGEST])[0].strip()}"
        if mention.search(code) and _is_assertion(code):
            yield code


def _is_assertion(code: str) -> bool:
    try:
        body = ast.parse(code).body
    except (ValueError, SyntaxError, MemoryError, RecursionError, SystemError):
        return False
    return len(body) == 1 and isinstance(body[0], ast.Assert)


def _script_assertions(name: str, generation: str) -> Iterator[str]:
    for match in _SCRIPT_ASSERT.finditer(generation):
        code = match.group(1)
        tree = parser(JAVASCRIPT).parse(code.encode("utf-8", "replace"))
        if re.search(rf"(?<![\w.$]){re.escape(name)}\(", code) and not tree.root_node.has_error:
            yield code


def _call(language: str, name: str, code: str) -> str:
    """Return the call of the function that a Python assertion makes, if it makes one only."""
    testing = unit_testing_of(language)
    if testing is None or testing.toolchain is not Toolchain.PYTHON:
        return ""
    calls = {
        ast.unparse(node)
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
    }
    return calls.pop() if len(calls) == 1 else ""
