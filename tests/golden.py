"""Expectations that are kept in files, and the one way to rewrite them.

With COTERIE_UPDATE=1 in the environment a test writes down what it got instead of comparing; then
read the difference. Files of cases (`tests.notation`) follow the same variable.
"""

from __future__ import annotations

import os
from pathlib import Path

UPDATE = "COTERIE_UPDATE"


def updating() -> bool:
    """Whether expectations are to be rewritten."""
    return os.environ.get(UPDATE, "") not in {"", "0"}


def check_file(path: Path, actual: str) -> None:
    """Compare a text with a whole file, or write it there where expectations are rewritten."""
    if updating():
        path.write_text(actual, encoding="utf-8")
    expected = path.read_text(encoding="utf-8")
    assert actual == expected, f"{path.name} differs; {UPDATE}=1 rewrites it\n{actual}"
