"""A short storm of random keys; `python -m tests.neovim.storm SECONDS` is the long one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.neovim.conftest import StartEditor
from tests.neovim.storm import Storm

KEYS = 300


@pytest.mark.parametrize("seed", [1])
def test_documents_stay_equal(start_editor: StartEditor, tmp_path: Path, seed: int) -> None:
    storm = Storm(start_editor, tmp_path, seed)
    storm.run(lambda number: number < KEYS)
    for what in ["comparisons", "suggestions seen", "switched", "undone"]:
        assert storm.seen[what] > 0, (what, storm.seen)
