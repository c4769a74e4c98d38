"""What is kept survives its process; a file that cannot be used is one message and no more."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import msgspec
import pytest

from ensemble.evaluation.cache.generation_cache import FILE_NAME, GenerationCache
from ensemble.evaluation.cache.kept_answers import KeptScores
from ensemble.evaluation.cache.model_identity import FileHash

SCORES = KeptScores(((-0.25, -1e-9), ()), 1.5)


def test_a_later_process_finds_what_was_kept(tmp_path: Path) -> None:
    messages: list[str] = []
    cache = GenerationCache(tmp_path / "new" / "folder", messages.append)
    cache.put("a", KeptScores((), 0.0))
    cache.put("a", SCORES)
    assert cache.get("a", KeptScores) == SCORES
    other = GenerationCache(cache.folder, messages.append)
    assert other.get("a", KeptScores) == SCORES, "although the first has not closed the file"
    assert other.get("b", KeptScores) is None
    assert messages == []


def test_only_its_owner_may_read_the_file(tmp_path: Path) -> None:
    GenerationCache(tmp_path).put("a", SCORES)
    assert {file.stat().st_mode & 0o077 for file in tmp_path.iterdir()} == {0}


def test_what_another_version_wrote_counts_as_unknown(tmp_path: Path) -> None:
    cache = GenerationCache(tmp_path)
    cache.put("a", FileHash("0"))
    assert cache.get("a", KeptScores) is None


def test_without_a_folder_nothing_outlives_the_cache() -> None:
    cache = GenerationCache()
    cache.put("a", SCORES)
    assert cache.get("a", KeptScores) == SCORES
    assert GenerationCache().get("a", KeptScores) is None


def test_a_broken_file_is_set_aside_with_one_message(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"no database " * 1000)
    messages: list[str] = []
    cache = GenerationCache(tmp_path, messages.append)
    cache.put("a", SCORES)
    assert GenerationCache(tmp_path, messages.append).get("a", KeptScores) == SCORES
    assert len(messages) == 1
    assert f"{FILE_NAME} was broken" in messages[0]
    assert (tmp_path / "answers.broken").read_bytes().startswith(b"no database")


def test_a_file_that_breaks_in_use_is_set_aside_too(tmp_path: Path) -> None:
    cache = GenerationCache(tmp_path)
    for number in range(2000):
        cache.put(f"{number}", SCORES)
    cache.close()
    file = tmp_path / FILE_NAME
    content = bytearray(file.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)  # All but the page that says what follows.
    file.write_bytes(content)
    messages: list[str] = []
    cache = GenerationCache(tmp_path, messages.append)
    assert [cache.get(f"{number}", KeptScores) for number in range(3)] == [None] * 3
    cache.put("a", SCORES)
    assert GenerationCache(tmp_path).get("a", KeptScores) == SCORES
    assert len(messages) == 1, messages


def test_a_place_that_is_none_costs_only_the_next_run(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    messages: list[str] = []
    cache = GenerationCache(tmp_path / "file", messages.append)
    cache.put("a", SCORES)
    assert cache.get("a", KeptScores) == SCORES
    assert cache.folder is None
    (message,) = messages
    assert "nothing is kept for another run; --cache names another folder" in message


def test_a_file_that_stays_locked_costs_only_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ensemble.evaluation.cache.generation_cache._PATIENCE", 0.05)
    messages: list[str] = []
    cache = GenerationCache(tmp_path, messages.append)
    other = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    cache.put("a", SCORES)
    assert cache.get("a", KeptScores) == SCORES
    assert len(messages) == 1
    assert "cannot be used (database is locked)" in messages[0]
    other.close()
    assert not (tmp_path / "answers.broken").exists(), "it is somebody else's, and good"


def test_numbers_are_kept_exactly(tmp_path: Path) -> None:
    exact = KeptScores(((-0.1 - 0.2, -1 / 3),), 1e-7)
    GenerationCache(tmp_path).put("a", exact)
    found = GenerationCache(tmp_path).get("a", KeptScores)
    assert msgspec.json.encode(found) == msgspec.json.encode(exact)
