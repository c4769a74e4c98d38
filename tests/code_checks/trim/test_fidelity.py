"""Right answers stay as they are: every line of real code, in the hole that it leaves.

`benchmarks/trim_fidelity.py` measures the same on any amount of code in any language.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from code_checks.hole import Extent, Hole
from code_checks.trim import trim

ROOT = Path(__file__).parents[3]
SOURCES = ["code_checks/hole.py", "code_checks/verdict.py", "tests/notation.py"]


def line_holes(source: str) -> list[tuple[Hole, str]]:
    """Return for each line the hole of the whole, of its text, and of its second half."""
    holes: list[tuple[Hole, str]] = []
    start = 0
    for line in source.split("\n"):
        end = start + len(line)
        text = start + len(line) - len(line.lstrip())
        for cursor in {start, text, (text + end) // 2}:
            if source[cursor:end].strip():
                holes.append((Hole("python", source[:cursor], source[end:]), source[cursor:end]))
        start = end + 1
    return holes


@pytest.mark.parametrize("name", SOURCES)
def test_lines_stay_as_they_are(name: str) -> None:
    source = (ROOT / name).read_text(encoding="utf-8")
    spoiled = [
        (text, trimmed)
        for hole, text in line_holes(source)
        if (trimmed := trim(hole, text, Extent.LINE)).strip() != text.strip()
    ]
    assert spoiled == []
