"""Settings in, effective values and messages out: one file of `cases/` each."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from lsp_server.settings.layers import (
    WORKSPACE_FILE,
    Settings,
    load_file,
    load_workspace_file,
    with_client_options,
)

CASES = sorted((Path(__file__).parent / "cases").glob("*.toml"))


def layered(case: dict[str, Any], folder: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Return the settings of a case's layers."""
    monkeypatch.delenv("COTERIE_CONFIG", raising=False)
    if "file" in case:
        (folder / "config.toml").write_text(case["file"])
        monkeypatch.setenv("COTERIE_CONFIG", str(folder / "config.toml"))
    settings = load_file()
    if "client" in case:
        settings = with_client_options(settings, json.loads(case["client"]))
    if "workspace" in case:
        (folder / WORKSPACE_FILE).write_text(case["workspace"])
        settings = load_workspace_file(settings, folder)
    return settings


def found(settings: Settings, folder: Path) -> dict[str, Any]:
    """Return what a case expects: messages, and the values that are not defaults."""
    return {
        "messages": [message.replace(str(folder), "FOLDER") for message in settings.messages],
        "tiers": [f"{tier.model} x {tier.samples}" for tier in settings.tiers or ()],
        "values": {
            effective.key: f"{effective.origin}: {effective.value}"
            for effective in settings.effective()
            if effective.origin != "default"
        },
    }


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_case(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = tomllib.loads(path.read_text(encoding="utf-8"))
    settings = layered(case, tmp_path, monkeypatch)
    assert found(settings, tmp_path) == case["expect"]
