"""`:checkhealth coterie`, with the real doctor."""

from __future__ import annotations

import re

from tests.neovim.conftest import PATIENT, StartEditor
from tests.neovim.editor import Editor


def health_of(editor: Editor) -> str:
    """Return the report."""
    editor.command("checkhealth coterie")
    return editor.text


def test_everything_is_well(start_editor: StartEditor) -> None:
    editor = start_editor(plugin=True)
    text = health_of(editor)
    for name in ["inline completion", "python", "grammars", "llama.cpp", "model small"]:
        assert re.search(f"OK {re.escape(name)}", text), text
    assert "ERROR" not in text
    assert "not running" in text


def test_a_command_that_is_missing(start_editor: StartEditor) -> None:
    editor = start_editor(PATIENT, ["no-such-coterie", "serve"], plugin=True)
    text = health_of(editor)
    assert re.search(r"ERROR there is no command no-such-coterie\n.*\n?.*PATH", text), text


def test_a_doctor_that_makes_no_sense(start_editor: StartEditor) -> None:
    editor = start_editor(PATIENT, ["echo", "serve"], plugin=True)
    assert re.search(r"ERROR echo doctor --json gave no report \(exit code 0\)", health_of(editor))
