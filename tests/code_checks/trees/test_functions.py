"""The function around a hole."""

from __future__ import annotations

from pathlib import Path

import pytest

from code_checks.hole import Hole
from code_checks.trees.functions import fills_body, function_around
from tests.notation import Case, check, read_cases

CASES = read_cases(Path(__file__).parent / "functions")


def _described(hole: Hole) -> str:
    function = function_around(hole)
    if function is None:
        return "nothing"
    source = hole.prefix + hole.suffix
    facts = {
        "stub": function.is_stub,
        "whole body": fills_body(hole),
        "no values": not function.has_values,
    }
    lines = [
        f"name {'.'.join(filter(None, (function.owner, function.name)))}",
        f"parameters {', '.join(function.parameters)}",
        ", ".join(name for name, holds in facts.items() if holds),
        f"documentation {function.documentation!r}",
        f"body {source[slice(*function.body)]!r}",
    ]
    return "\n".join(line for line in lines if line)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_expected(case: Case) -> None:
    check(case, "expected", _described(case.hole))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_body_can_be_taken_out_and_put_back(case: Case) -> None:
    function = function_around(case.hole)
    if function is not None:
        source = case.hole.prefix + case.hole.suffix
        assert function.body_hole(source).fill(source[slice(*function.body)]) == source


@pytest.mark.parametrize("case", CASES, ids=str)
def test_no_beginning_of_a_document_is_too_strange(case: Case) -> None:
    source = case.hole.prefix + case.hole.suffix
    for offset in range(0, len(source), 3):
        hole = Hole.at(case.hole.language, source[:offset], offset)
        function_around(hole)
        fills_body(hole)
