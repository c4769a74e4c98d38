"""The demonstration: it points at places that exist, and falls back where no model can be had."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from docs import run_demo
from lsp_server.commands.completion.cli_document import CliDocument
from lsp_server.commands.completion.position import FilePosition
from tests.tidy.sources import ROOT
from tests.tidy.test_documents import complaint

SCRIPTS = ("pair.txt", "embedded.txt")


def shown(script: str) -> list[tuple[str, list[str]]]:
    """Return the cases of a script."""
    return list(run_demo.cases((run_demo.SCRIPTS / script).read_text("utf-8")))


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_case_says_what_it_shows(script: str) -> None:
    assert shown(script)
    assert all(sentence and commands for sentence, commands in shown(script))


@pytest.mark.parametrize(
    "command",
    [command for script in SCRIPTS for _, commands in shown(script) for command in commands],
)
def test_what_is_typed_means_a_place_in_a_file(
    command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    words = shlex.split(command)
    assert complaint(words) == ""
    position = FilePosition.parse_line(words[2])
    assert CliDocument.read(position.file, (), None).hole_at(position)


def test_the_pair_is_brought_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    typed: list[list[str]] = []

    def pull(command: list[str], environment: Mapping[str, str]) -> int:
        typed.append(command)
        for name in command[3:]:
            file = tmp_path / "coterie" / "models" / f"{name}-q4_k_m.gguf"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()
        return 0

    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr(run_demo, "_run", pull)
    files = run_demo.files_of_the_pair()
    assert list(files) == ["small", "large"]
    assert all(file.is_file() for file in files.values())
    assert run_demo.files_of_the_pair() == files
    assert [command[:3] for command in typed] == [["coterie", "models", "pull"]]


def test_what_cannot_be_brought_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr(run_demo, "_run", lambda command, environment: 1)
    assert run_demo.files_of_the_pair() == {}
    told = capsys.readouterr().out
    assert "0.5 and 1.1 GB" in told
    assert told.endswith("\nThey could not be had.\n\n")


def test_what_is_typed_is_run_with_the_models_that_are_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    # One case is enough, and a busy machine has time for it.
    sentence, commands = shown("embedded.txt")[0]
    (tmp_path / "embedded.txt").write_text(f"{sentence}\n$ {commands[0]}\n", "utf-8")
    monkeypatch.setattr(run_demo, "SCRIPTS", tmp_path)
    monkeypatch.setattr(sys, "argv", ["run_demo", "embedded"])
    assert run_demo.main() == 0
    told = capfd.readouterr().out
    assert told.startswith(run_demo.STOPGAP)
    assert f"\n{sentence}\n\n$ {commands[0]}\nroute      small × " in told
