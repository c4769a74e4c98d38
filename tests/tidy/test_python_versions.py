"""What differs between the Python versions that are supported, and is easily overlooked.

Debian 12 has Python 3.11.2, whose `re` gets possessive repetitions of groups wrong: `(?:ab|c)*+`
may end before it should. The mistake was mended in 3.11.5; repetitions of one character or one
class (`[^x]*+`) were always right.
"""

from __future__ import annotations

import ast
import re

import pytest

from tests.tidy.sources import product_modules, text

POSSESSIVE_GROUP = re.compile(r"\)(?:[*+?]|\{\d*,?\d*\})\+")


def literals(source: str) -> list[tuple[int, str]]:
    """Return the line and the value of every string literal, parts of f-strings included."""
    nodes = ast.walk(ast.parse(source))
    return [
        (node.lineno, node.value)
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]


def test_no_group_is_repeated_possessively() -> None:
    found = [
        f"{name}:{line}: {literal}"
        for name in product_modules()
        for line, literal in literals(text(name))
        if POSSESSIVE_GROUP.search(literal)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("(?:a|b)*+", True),
        ("(a)++b", True),
        ("(a){2,}+", True),
        ("[^a]*+", False),
        ("(a)+b", False),
    ],
)
def test_the_search_knows_groups(expression: str, expected: bool) -> None:
    assert bool(POSSESSIVE_GROUP.search(expression)) is expected
