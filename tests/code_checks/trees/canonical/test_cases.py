"""Which texts vote together."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path

import pytest

from code_checks.hole import Hole
from code_checks.trees.canonical import canonical_key
from tests.notation import Case, read_cases

CASES = read_cases(Path(__file__).parent / "cases")


def groups(case: Case) -> list[list[str]]:
    return [_texts(name, body) for name, body in case.sections.items() if name != "code"]


def _texts(name: str, body: str) -> list[str]:
    is_split = "\n----\n" in body or name.endswith("block")
    return body.split("\n----\n" if is_split else "\n")


def check(hole: Hole, texts: list[str]) -> Hashable:
    keys = {canonical_key(hole, text) for text in texts}
    assert len(keys) == 1, keys
    return keys.pop()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_groups(case: Case) -> None:
    keys = [check(case.hole, texts) for texts in groups(case)]
    doubles = [group for key, group in zip(keys, groups(case), strict=True) if keys.count(key) > 1]
    assert not doubles


@pytest.mark.parametrize("case", CASES, ids=str)
def test_space_around_a_text_changes_nothing(case: Case) -> None:
    for texts in groups(case):
        for text in texts:
            check(case.hole, [text, text + "\n", text + "  "])
