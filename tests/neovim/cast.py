"""Models that say what a test tells them to: see tests/lsp_server/scripted.py."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

Cast = Mapping[str, Mapping[str, Any]]
"""Each model's name and what it says, and how."""


def server_with(directory: Path, cast: Cast) -> list[str]:
    """Write a cast into a directory and return the command that starts its server."""
    with tempfile.NamedTemporaryFile("w", dir=directory, suffix=".json", delete=False) as file:
        json.dump(cast, file)
    return [sys.executable, "-m", "tests.lsp_server.scripted", file.name]


def unanimous(answers: Mapping[str, str], **manners: object) -> Cast:
    """Return a cast in which both models say the same after the beginning of a line."""
    said = {head: [text] for head, text in answers.items()}
    manner = {"answers": said, "otherwise": [""], **manners}
    return {"small": manner, "large": manner}
