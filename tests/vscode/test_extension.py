"""The VS Code extension's own files, as far as they can be read without Node."""

from __future__ import annotations

import json
import re
import runpy
from pathlib import Path
from typing import Any

import pytest

EXTENSION = Path("editors/vscode")
LOCKED = (EXTENSION, Path("tests/vscode"))


@pytest.fixture
def package(root: Path) -> dict[str, Any]:
    """The extension's `package.json`."""
    content: dict[str, Any] = json.loads((root / EXTENSION / "package.json").read_text("utf-8"))
    return content


def sources(root: Path) -> str:
    """Return the extension's program, all files in one text."""
    files = sorted((root / EXTENSION / "src").glob("*.ts"))
    return "\n".join(file.read_text("utf-8") for file in files)


def commands(package: dict[str, Any]) -> set[str]:
    return {command["command"] for command in package["contributes"]["commands"]}


def settings(package: dict[str, Any]) -> dict[str, Any]:
    """Return every setting with its schema."""
    groups = package["contributes"]["configuration"]
    return {name: schema for group in groups for name, schema in group["properties"].items()}


def test_the_settings_are_written_from_the_table(root: Path, package: dict[str, Any]) -> None:
    script = runpy.run_path(str(root / EXTENSION / "write_settings.py"))
    written = (root / EXTENSION / "package.json").read_text("utf-8")
    updated = script["page"](script["updated"](package))
    assert written == updated, "run python editors/vscode/write_settings.py"


def test_every_setting_is_described(package: dict[str, Any]) -> None:
    for name, schema in settings(package).items():
        assert schema["markdownDescription"].endswith("."), name
        assert {"type", "default", "scope"} <= schema.keys(), name


def test_what_runs_or_is_asked_is_the_machines_and_the_rest_is_restricted(
    package: dict[str, Any],
) -> None:
    """A repository chooses no program, no model and no address."""
    scopes = {name: schema["scope"] for name, schema in settings(package).items()}
    chosen = {name for name, scope in scopes.items() if scope == "machine"}
    assert {"coterie.models", "coterie.tiers", "coterie.policy"} <= chosen
    assert {name for name in scopes if name.startswith("coterie.server.")} <= chosen
    untrusted = package["capabilities"]["untrustedWorkspaces"]
    assert untrusted["supported"] == "limited"
    assert set(untrusted["restrictedConfigurations"]) == scopes.keys() - chosen


def test_every_command_has_a_handler(root: Path, package: dict[str, Any]) -> None:
    activation = (root / EXTENSION / "src/extension.ts").read_text("utf-8")
    handled = set(re.findall(r"^    '(coterie\.\w+)':", activation, re.M))
    assert handled == commands(package)


def test_every_command_that_is_executed_exists(root: Path, package: dict[str, Any]) -> None:
    walkthroughs = json.dumps(package["contributes"]["walkthroughs"])
    linked = set(re.findall(r"\(command:(coterie\.\w+)\)", walkthroughs))
    executed = set(re.findall(r"command: '(coterie\.\w+)'", sources(root)))
    assert linked and executed
    assert linked | executed <= commands(package)


def test_the_servers_commands_are_not_taken(package: dict[str, Any]) -> None:
    """The language client registers them in the editor, and a name can be taken only once."""
    from lsp_server.server.handlers import register  # noqa: PLC0415
    from lsp_server.server.language_server import CoterieServer  # noqa: PLC0415

    servers = set(register(CoterieServer()).protocol.fm.commands)
    assert servers & commands(package) == set()
    assert {"coterie.documentHash", "coterie.lastTrace", "coterie.status"} <= servers


def test_versions_are_one(root: Path, package: dict[str, Any]) -> None:
    project = (root / "pyproject.toml").read_text("utf-8")
    version = re.search(r'^version = "(.+)"$', project, re.M)
    assert version is not None
    assert package["version"] == version[1]


def test_the_licence_is_the_projects(root: Path) -> None:
    assert (root / EXTENSION / "LICENSE").read_text() == (root / "LICENSE").read_text()


@pytest.mark.parametrize("folder", LOCKED, ids=str)
def test_the_lock_file_fits_and_names_no_address(root: Path, folder: Path) -> None:
    package = json.loads((root / folder / "package.json").read_text("utf-8"))
    text = (root / folder / "package-lock.json").read_text("utf-8")
    lock = json.loads(text)
    assert lock["packages"][""]["devDependencies"] == package["devDependencies"]
    assert '"resolved"' not in text
    # What is fetched is what was locked: every package has its digest.
    assert [
        name for name, entry in lock["packages"].items() if name and not entry["integrity"]
    ] == []
