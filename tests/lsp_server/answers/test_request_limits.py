"""What settings allow reaches every kind of request: it is built in one place."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from code_checks.hole import Hole
from ensemble.code_actions.proposal import ActionRequest
from ensemble.file_rules import FileRules
from ensemble.request import Chunk, CompletionRequest, Trigger
from lsp_server.answers.request_limits import RequestLimits
from lsp_server.settings.folders import Folder
from lsp_server.settings.layers import load_file, load_workspace_file

SETTINGS = """
deadline.automatic = "1 s"
deadline.invoked = "2 s"
deadline.function = "20 s"
suggest.max_lines = 3
suggest.minimum_agreement = 0.6
suggest.verified_only = true
tests.run = false
tests.packages = ["site-packages"]
"""
HOLE = Hole("python", "x = ", "\n")
BODY = Hole("python", "def f():\n    ", "\n")


@pytest.fixture
def limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RequestLimits:
    file = tmp_path / "config.toml"
    file.write_text(SETTINGS)
    monkeypatch.setenv("COTERIE_CONFIG", str(file))
    (tmp_path / "site-packages").mkdir()
    folder = Folder(tmp_path, load_file(), FileRules(tmp_path))
    chunks = (Chunk("other.py", "python", "y = 1\n"),)
    return RequestLimits.of(folder, tmp_path / "shop.py", chunks)


def completion(limits: RequestLimits) -> CompletionRequest:
    return limits.completion("file:///shop.py", HOLE, Trigger.AUTOMATIC)


def action(limits: RequestLimits) -> ActionRequest:
    return limits.action("file:///shop.py", "python", "x = \n", 4)


@pytest.mark.parametrize("build", [completion, action])
def test_every_limit_is_in_every_request(
    limits: RequestLimits, build: Callable[[RequestLimits], CompletionRequest | ActionRequest]
) -> None:
    request = build(limits)
    fields = {field.name: field.default for field in msgspec.structs.fields(request)}
    shared = fields.keys() & {field.name for field in dataclasses.fields(RequestLimits)}
    assert {"path", "repository", "chunks", "may_run", "rules", "packages"} <= shared
    for name in shared:
        assert getattr(request, name) == getattr(limits, name)
        assert getattr(request, name) != fields[name], f"{name} is a default: it proves nothing"


def test_a_workspace_names_no_packages(limits: RequestLimits, tmp_path: Path) -> None:
    """Only the user does: they are mounted into the sandbox."""
    (tmp_path / "project/theirs").mkdir(parents=True)
    (tmp_path / "project/.coterie.toml").write_text('tests.packages = ["theirs"]\n')
    settings = load_workspace_file(load_file(), tmp_path / "project")
    folder = Folder(tmp_path / "project", settings, None)
    packages = RequestLimits.of(folder, tmp_path / "project/shop.py").packages
    assert packages == limits.packages == (tmp_path / "site-packages",)


@pytest.mark.parametrize(
    ("hole", "trigger", "seconds"),
    [
        (HOLE, Trigger.AUTOMATIC, 1.0),
        (HOLE, Trigger.INVOKED, 2.0),
        (BODY, Trigger.AUTOMATIC, 1.0),
        (BODY, Trigger.INVOKED, 20.0),
    ],
)
def test_the_deadline(limits: RequestLimits, hole: Hole, trigger: Trigger, seconds: float) -> None:
    assert limits.completion("", hole, trigger).deadline == seconds
    assert action(limits).deadline == 20.0
