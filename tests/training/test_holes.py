"""Holes are cut where an editor would ask, and never reach outside their document."""

from __future__ import annotations

import numpy as np
import pytest

from training import holes

SOURCE = '''"""A module."""
import os


class Shelf:
    """Where books stand."""

    def __init__(self, books: list[str]) -> None:
        self.books = sorted(books, key=str.lower)

    def find(self, title: str) -> int | None:
        for place, book in enumerate(self.books):
            if book == title:
                return place

        return None


def naïve(été: str = "é🙂") -> str:
    return os.path.join(été, "x")
'''
TEXTS = (SOURCE, "x = 1\n", "\n\n", "", "def f(:\n    retrun (\n", "\tif x:\n\t\ty\n")


def draws(kind: str, text: str, times: int = 200) -> list[holes.Span]:
    lines, draw = holes.Lines(text), np.random.default_rng(5)
    return [span for _ in range(times) if (span := holes.KINDS[kind](lines, draw))]


@pytest.mark.parametrize("kind", holes.KINDS)
@pytest.mark.parametrize("text", TEXTS)
def test_every_hole_lies_in_its_document(kind: str, text: str) -> None:
    for start, end in draws(kind, text):
        assert 0 <= start <= end <= len(text)
        assert (start == end) == (kind == "empty")


def test_the_rest_of_a_line_leaves_something_before_it_on_the_line() -> None:
    for start, end in draws("line_rest", SOURCE):
        assert "\n" not in SOURCE[start:end]
        assert SOURCE[holes.line_head(SOURCE, start) : start].strip()


def test_the_rest_of_a_line_sometimes_stops_before_what_an_editor_closes() -> None:
    behind = {SOURCE[end] for _, end in draws("line_rest", SOURCE, 800)}
    assert "\n" in behind
    assert behind - {"\n"} <= set(")]}'\":,")
    assert len(behind) > 1


def test_a_whole_line_keeps_its_indentation_outside() -> None:
    for start, end in draws("line_whole", SOURCE):
        assert not SOURCE[holes.line_head(SOURCE, start) : start].strip()
        assert SOURCE[start:end] == SOURCE[start:end].strip()
        assert SOURCE[end] == "\n"


def test_a_block_never_leaves_the_indentation_it_began_with() -> None:
    for start, end in draws("block", SOURCE):
        width = start - holes.line_head(SOURCE, start)
        lines = [line for line in SOURCE[start:end].split("\n")[1:] if line.strip()]
        assert 1 <= len(lines) <= 7
        assert all(len(line) - len(line.lstrip()) >= width for line in lines)


def test_syntax_holes_are_what_the_tree_calls_a_node() -> None:
    cut = {SOURCE[start:end] for start, end in draws("syntax", SOURCE, 600)}
    assert "return None" in cut
    assert "sorted(books, key=str.lower)" in cut
    assert "books, key=str.lower" in cut  # arguments without their brackets
    assert 'os.path.join(été, "x")' in cut  # bytes and characters are told apart


def test_a_mix_draws_only_its_own_kinds() -> None:
    lines, draw = holes.Lines(SOURCE), np.random.default_rng(1)
    for _ in range(50):
        span = holes.cut(lines, {"empty": 1.0}, draw)
        assert span is not None
        assert span.start == span.end
    assert holes.cut(holes.Lines("\n\n"), {"line_whole": 1.0}, draw) is None
