"""From suggestions to rows: what is written down of them, and what is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from ensemble.file_rules import FileRules
from ensemble.learning.outcomes import SuggestionEnding, SuggestionOutcome
from lsp_server.feedback.recorder import accepted_from, outcome_of
from lsp_server.feedback.suggestion import Suggestion
from lsp_server.settings.folders import Folder
from lsp_server.settings.settings import Settings
from tests.lsp_server.feedback.editing import Editor

DAY = "2026-11-20"
WORLD = ("offer", "1", "world again")
ACCEPTED = (WORLD, ("insert", "world again"), ("accept", "1"), ("save",))
UNDONE = (WORLD, ("insert", "world again"), ("undo",))


def ended_suggestion(*steps: tuple[Any, ...]) -> Suggestion:
    (suggestion,) = Editor("say hello ‸\nprint()\n").play(*steps).ended
    return suggestion


def test_a_row_holds_figures_only() -> None:
    outcome = outcome_of(ended_suggestion(*ACCEPTED), DAY, tells=False)
    assert (outcome.ending, outcome.accepted, outcome.kept) == (SuggestionEnding.ACCEPTED, 1.0, 1.0)
    assert (outcome.characters, outcome.lines, outcome.told) == (11, 1, None)
    assert outcome.latency_ms == 120.0
    assert outcome.seen_ms > 0
    assert outcome.features["head_length"] > 0
    row = msgspec.json.encode(outcome).decode()
    assert not [
        word for word in ("say", "hello", "world", "again", "notes", "file:") if word in row
    ]
    assert msgspec.json.decode(row, type=SuggestionOutcome) == outcome


def test_a_client_that_tells_what_it_shows() -> None:
    assert outcome_of(ended_suggestion(WORLD, ("close",)), DAY, tells=True).told is False
    assert (
        outcome_of(ended_suggestion(WORLD, ("show", "1"), ("close",)), DAY, tells=True).told is True
    )


def folder(path: Path) -> Folder:
    return Folder(path, Settings(), FileRules(path))


LESSONS: dict[str, tuple[tuple[tuple[Any, ...], ...], str, bool]] = {
    "kept": (ACCEPTED, "notes.py", True),
    "undone": (UNDONE, "notes.py", False),
    "rewritten": (
        (WORLD, ("insert", "world again"), ("cut", 8), ("save",)), "notes.py", False,
    ),
    "typed by hand": ((WORLD, ("type", "world again")), "notes.py", False),
    "in part": ((WORLD, ("insert", "world"), ("type", "!"), ("save",), ("wait", 2), ("save",)),
                "notes.py", False),
    "a secret file": (ACCEPTED, ".env", False),
    "a key": (ACCEPTED, "server.pem", False),
    "an ignored file": (ACCEPTED, "build/notes.py", False),
}  # fmt: skip


@pytest.mark.parametrize("case", LESSONS)
def test_accepted_suggestions(case: str, tmp_path: Path) -> None:
    steps, name, is_one = LESSONS[case]
    (tmp_path / ".git").mkdir()
    (tmp_path / ".gitignore").write_text("build/\n")
    suggestion = ended_suggestion(*steps)
    accepted = accepted_from(suggestion, DAY, tmp_path / name, folder(tmp_path))
    assert (accepted is not None) == is_one
    if accepted is not None:
        assert (accepted.prefix, accepted.text) == ("say hello ", "world again")
        assert (accepted.path, accepted.suffix) == (name, "\nprint()\n")


def test_nothing_is_kept_without_a_file_or_rules(tmp_path: Path) -> None:
    suggestion = ended_suggestion(*ACCEPTED)
    assert accepted_from(suggestion, DAY, None, folder(tmp_path)) is None
    nowhere = Folder(None, Settings(), None)
    assert accepted_from(suggestion, DAY, tmp_path / "a.py", nowhere) is None
