"""Servers for orders, with the scripted models of the server's own tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lsp_server.conftest import start

__all__ = ["module", "start"]


@pytest.fixture
def module(tmp_path: Path) -> str:
    """The URI of a Python file in a project of its own."""
    folder = tmp_path / "project"
    (folder / ".git").mkdir(parents=True)
    return (folder / "shop.py").as_uri()
