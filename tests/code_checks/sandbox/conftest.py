"""A copy of the sandbox that every user can read, as an installed one can be."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
_FOLDERS = ("code_checks/sandbox", "tests/code_checks/sandbox")
_FILES = ("code_checks/execution/judge.py",)


@pytest.fixture(scope="session")
def copy() -> Iterator[Path]:
    """The folder of the copy; what runs there needs nothing but the standard library.

    Not one of pytest's folders: those belong to one user, and every run closes them anew.
    """
    with tempfile.TemporaryDirectory(prefix="coterie-", dir="/tmp") as folder:
        copy = Path(folder)
        for name in _FOLDERS:
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, copy / name, ignore=ignored)
        for name in _FILES:
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy / name)
        for path in copy.rglob("*"):
            path.chmod(0o755 if path.is_dir() else 0o644)
        copy.chmod(0o755)
        yield copy
