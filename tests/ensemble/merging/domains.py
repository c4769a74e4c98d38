"""Two kinds of text that a router can tell apart, with a part that no router was fitted to."""

from __future__ import annotations

import random
from pathlib import Path

_NAMES = ("total", "items", "left", "result", "index", "width", "node", "found")


def python_text(seed: int, lines: int = 160) -> str:
    """Return small functions with made-up arithmetic."""
    chance = random.Random(seed)
    parts = []
    for number in range(lines // 4):
        one, two, three = chance.sample(_NAMES, 3)
        parts.append(
            f"def step_{number}({one}, {two}):\n    {three} = {one} + {chance.randrange(99)}\n"
            f"    return {three} * {two}\n\n"
        )
    return "".join(parts)


def table_text(seed: int, lines: int = 160) -> str:
    """Return lines of numbers and words, as in a table."""
    chance = random.Random(seed)
    return "".join(
        f"{chance.randrange(10**6):>8} | {chance.random():.4f} | {chance.choice(_NAMES).upper()}\n"
        for _ in range(lines)
    )


def write_examples(folder: Path) -> tuple[Path, Path]:
    """Write one file of each kind."""
    python, tables = folder / "python.txt", folder / "tables.txt"
    python.write_text(python_text(0))
    tables.write_text(table_text(0))
    return python, tables
