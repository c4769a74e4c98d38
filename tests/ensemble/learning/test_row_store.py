"""The bounded file of rows: appended to by several, read with care, and never in the way."""

from __future__ import annotations

import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from ensemble.learning.row_store import RowStore, StoreError


class Entry(msgspec.Struct, frozen=True):
    number: int
    word: str = ""


def store(folder: Path, limit: int = 100) -> RowStore[Entry]:
    return RowStore(folder / "made" / "rows.sqlite3", Entry, limit)


def test_what_is_appended_is_read_in_order(tmp_path: Path) -> None:
    rows = [Entry(number, "é😀") for number in range(5)]
    store(tmp_path).append(rows[:2])
    store(tmp_path).append(rows[2:])
    assert store(tmp_path).rows() == rows
    assert store(tmp_path).count() == 5


def test_the_oldest_go_first(tmp_path: Path) -> None:
    for number in range(12):
        store(tmp_path, limit=5).append([Entry(number)])
    assert [row.number for row in store(tmp_path).rows()] == [7, 8, 9, 10, 11]


def test_its_size_is_bounded(tmp_path: Path) -> None:
    small = store(tmp_path, limit=50)
    for _ in range(40):
        small.append([Entry(n, "x" * 400) for n in range(50)])
    assert small.count() == 50
    assert small.file.stat().st_size < 200_000


def test_no_file_has_no_rows_and_is_not_made(tmp_path: Path) -> None:
    assert store(tmp_path).rows() == []
    assert store(tmp_path).count() == 0
    assert not store(tmp_path).file.exists()


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    store(tmp_path).append([Entry(1)])
    assert stat.S_IMODE(store(tmp_path).file.stat().st_mode) == 0o600


def test_several_append_at_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: store(tmp_path).append([Entry(n)]), range(20)))
    assert sorted(row.number for row in store(tmp_path).rows()) == list(range(20))


def test_a_row_of_another_version_is_passed_over(tmp_path: Path) -> None:
    store(tmp_path).append([Entry(1)])
    with closing(sqlite3.connect(store(tmp_path).file)) as base, base:
        base.execute("INSERT INTO row (body) VALUES ('{\"other\": 1}'), ('not JSON')")
    store(tmp_path).append([Entry(2)])
    assert [row.number for row in store(tmp_path).rows()] == [1, 2]


@pytest.mark.parametrize("content", [b"this is no database" * 100, b"\0" * 5000], ids=["text", "0"])
def test_a_broken_file_is_named(content: bytes, tmp_path: Path) -> None:
    file = store(tmp_path).file
    file.parent.mkdir()
    file.write_bytes(content)
    for action in (store(tmp_path).rows, lambda: store(tmp_path).append([Entry(1)])):
        with pytest.raises(StoreError, match=r"rows\.sqlite3.*delete the file"):
            action()


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "made").write_text("a file")
    with pytest.raises(StoreError, match=r"rows\.sqlite3"):
        store(tmp_path).append([Entry(1)])
