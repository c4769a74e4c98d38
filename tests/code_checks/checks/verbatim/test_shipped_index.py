"""What the embedded models were never to see, looked for in the index of what they were trained on.

The corpus itself is not at hand here; `training.corpus audit` asks the same of every file of it.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from code_checks.checks.copy_index import SHORTEST_COPY, CopyIndex, tokens_of
from ensemble.models.registry import copy_index
from training.heldout import PACKAGES

_COMMON = 100
"""Tokens: licenses, tables and idioms of this length stand in packages of different people."""


def sources(package: str) -> dict[Path, str]:
    """Return the Python files of an installed package or module that are long enough to judge."""
    found = find_spec(package)
    assert found is not None
    assert found.origin is not None
    origin = Path(found.origin)
    files = origin.parent.rglob("*.py") if origin.name == "__init__.py" else [origin]
    texts = {file: file.read_text(encoding="utf-8") for file in files}
    return {file: text for file, text in texts.items() if len(tokens_of(text)) >= SHORTEST_COPY}


@pytest.fixture(scope="module")
def index() -> CopyIndex:
    shipped = copy_index()
    assert shipped is not None
    return shipped


@pytest.mark.parametrize("package", sorted(PACKAGES & {"attr", "rich", "typer"}))
def test_no_file_of_a_held_out_package_was_trained_on(package: str, index: CopyIndex) -> None:
    files = sources(package)
    assert len(files) > 5
    for file, text in files.items():
        assert index.longest_copy(text) <= max(_COMMON, len(tokens_of(text)) // 10), file


@pytest.mark.parametrize("module", ["json", "argparse", "textwrap", "dataclasses"])
def test_what_was_trained_on_is_recognized(module: str, index: CopyIndex) -> None:
    """Without this, an index of nothing would pass."""
    for file, text in sources(module).items():
        assert index.longest_copy(text) > len(tokens_of(text)) // 2, file
