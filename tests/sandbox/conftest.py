"""A copy of the sandbox that every user can read, as an installed one can be."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

_FOLDERS = ("code_checks/sandbox", "tests/sandbox")
_FILES = ("code_checks/judge.py",)


@pytest.fixture(scope="session")
def copy(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the copy; what runs there needs nothing but the standard library."""
    copy = tmp_path_factory.mktemp("copy")
    for folder in _FOLDERS:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(root / folder, copy / folder, ignore=ignored)
    for name in _FILES:
        shutil.copy(root / name, copy / name)
    for path in copy.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    for path in (copy, *copy.parents):
        # pytest closes its own directories to others.
        status = path.stat()
        if status.st_uid == os.geteuid() and not status.st_mode & 0o001:
            path.chmod(status.st_mode | 0o001)
    copy.chmod(0o755)
    return copy
