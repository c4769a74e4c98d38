"""FILE:LINE:COL, and the offset that it means."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsp_server.commands.completion.position import FilePosition, read_source
from lsp_server.commands.serve import parse_address


@pytest.mark.parametrize(
    ("text", "file", "line", "column"),
    [
        ("app.py:12:5", "app.py", 12, 5),
        ("a:b.py:1:2", "a:b.py", 1, 2),
        ("12:5:1:2", "12:5", 1, 2),
        (r"C:\src\app.py:3:4", r"C:\src\app.py", 3, 4),
        ("C:app.py:3:4", "C:app.py", 3, 4),
        ("with space.py:1:1", "with space.py", 1, 1),
        ("ünïcode.py:007:1", "ünïcode.py", 7, 1),
    ],
)
def test_a_position_is_read_from_the_right(text: str, file: str, line: int, column: int) -> None:
    assert FilePosition.parse(text) == FilePosition(Path(file), line, column)


@pytest.mark.parametrize(
    ("text", "file", "line", "column"),
    [
        ("app.py:12", "app.py", 12, None),
        ("app.py:12:5", "app.py", 12, 5),
        ("a:b.py:1", "a:b.py", 1, None),
        ("12:5:1:2", "12:5", 1, 2),
        (r"C:\src\app.py:3", r"C:\src\app.py", 3, None),
    ],
)
def test_a_line_may_have_a_column(text: str, file: str, line: int, column: int | None) -> None:
    assert FilePosition.parse_line(text) == FilePosition(Path(file), line, column)


@pytest.mark.parametrize(
    ("source", "line", "before"),
    [("", 1, ""), ("a\n\t b\n", 2, "a\n\t "), ("  \r\nx", 1, "  "), ("a\n", 2, "a\n")],
)
def test_without_a_column_the_lines_text_is_meant(source: str, line: int, before: str) -> None:
    assert source[: FilePosition(Path("f"), line, None).offset_in(source)] == before


@pytest.mark.parametrize(
    ("source", "line", "column", "before"),
    [
        ("", 1, 1, ""),
        ("ab\ncd", 1, 1, ""),
        ("ab\ncd", 2, 3, "ab\ncd"),
        ("ab\n", 1, 3, "ab"),
        ("ab\n", 2, 1, "ab\n"),
        ("a\r\nb\rc\n", 2, 2, "a\r\nb"),
        ("a\r\nb\rc\n", 4, 1, "a\r\nb\rc\n"),
        ("😀é = 1\n", 1, 3, "😀é"),
        ("a\fb\u2028c\n", 1, 6, "a\fb\u2028c"),
        ("x\n" * 20_000, 20_001, 1, "x\n" * 20_000),
    ],
    ids=repr,
)
def test_lines_and_columns_count_characters_from_1(
    source: str, line: int, column: int, before: str
) -> None:
    assert source[: FilePosition(Path("f"), line, column).offset_in(source)] == before


@given(st.text(alphabet="a\r\n😀\f"), st.data())
def test_every_offset_but_one_inside_a_line_end_has_a_position(
    source: str, data: st.DataObject
) -> None:
    offset = data.draw(st.integers(0, len(source)))
    if source[max(offset - 1, 0) : offset + 1] == "\r\n":
        return
    before = source[:offset].replace("\r\n", "\n").replace("\r", "\n").split("\n")
    position = FilePosition(Path("f"), len(before), len(before[-1]) + 1)
    assert position.offset_in(source) == offset


def test_a_source_keeps_its_line_ends_and_loses_its_mark(tmp_path: Path) -> None:
    file = tmp_path / "f.py"
    file.write_bytes("\ufeffa\r\nb\rc\n".encode())
    assert read_source(file) == "a\r\nb\rc\n"


@pytest.mark.parametrize(
    ("address", "host", "port"),
    [
        ("127.0.0.1:7777", "127.0.0.1", 7777),
        ("localhost:0", "localhost", 0),
        (":7777", "127.0.0.1", 7777),
        ("[::1]:7777", "::1", 7777),
    ],
)
def test_an_address_is_a_host_and_a_port(address: str, host: str, port: int) -> None:
    assert parse_address(address) == (host, port)
