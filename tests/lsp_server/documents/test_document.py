"""Documents against a model that is too slow to be wrong: a list of code units, edited by index."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lsp_server.documents.document import Document, Edit, Encoding, Place, split_lines, units_of

CODECS = {
    Encoding.UTF8: ("utf-8", 1),
    Encoding.UTF16: ("utf-16-le", 2),
    Encoding.UTF32: ("utf-32-le", 4),
}
ALPHABET = "ab \t\n\r\f\v\x1c\x85é\u2028\u2029漢😀𝒳"

TEXTS = st.text(st.sampled_from(ALPHABET), max_size=30) | st.lists(
    st.sampled_from(["x", "\n", "\r\n", "\r", "\f", "\u2028", "😀", "é"]), max_size=20
).map("".join)
PLACES = st.builds(Place, st.integers(0, 12), st.integers(0, 14))
_FORM_FEED = ["class A:\n", "\f\n", "    x = '\u2028'\x85\v\n", ""]
EDITS = st.builds(Edit, TEXTS, PLACES, PLACES) | st.builds(Edit, TEXTS)


@dataclass
class UnitModel:
    """What the specification says, literally: lines of code units, counted one by one."""

    text: str
    encoding: Encoding

    def units(self, text: str) -> int:
        codec, width = CODECS[self.encoding]
        return len(text.encode(codec)) // width

    def offset(self, place: Place) -> int:
        start = line = 0
        while line < place.line:
            start, ended = self._next_line(start)
            if not ended:
                return len(self.text)
            line += 1
        offset = start
        while (
            offset < len(self.text)
            and self.text[offset] not in "\r\n"
            and self.units(self.text[start : offset + 1]) <= place.units
        ):
            offset += 1
        return offset

    def _next_line(self, start: int) -> tuple[int, bool]:
        for index in range(start, len(self.text)):
            if self.text[index] == "\n":
                return index + 1, True
            if self.text[index] == "\r":
                return index + 1 + self.text.startswith("\n", index + 1), True
        return len(self.text), False

    def apply(self, edit: Edit) -> None:
        if edit.start is None:
            self.text = edit.text
            return
        first = self.offset(edit.start)
        last = max(first, self.offset(edit.end or edit.start))
        self.text = self.text[:first] + edit.text + self.text[last:]


# A carriage return and a line feed meet: inserted, and by the removal of what was between them.
@example("a\rb", [Edit("\n", Place(1, 0))], Encoding.UTF16)
@example("a\rb\nc", [Edit("", Place(1, 0), Place(1, 1))], Encoding.UTF16)
@example("a\r\nb", [Edit("x", Place(0, 1), Place(1, 0)), Edit("\r", Place(0, 1))], Encoding.UTF8)
@given(TEXTS, st.lists(EDITS, max_size=8), st.sampled_from(Encoding))
def test_edits_one_notification_each(text: str, edits: list[Edit], encoding: Encoding) -> None:
    document, model = Document("file:///x", text, encoding=encoding), UnitModel(text, encoding)
    for version, edit in enumerate(edits, 1):
        document.apply([edit], version)
        model.apply(edit)
        assert document.text == model.text
        assert document.lines == split_lines(model.text)
        assert document.version == version


@given(TEXTS, st.lists(EDITS, max_size=8), st.sampled_from(Encoding))
def test_edits_all_in_one_notification(text: str, edits: list[Edit], encoding: Encoding) -> None:
    document, model = Document("file:///x", text, encoding=encoding), UnitModel(text, encoding)
    document.apply(edits, 7)
    for edit in edits:
        model.apply(edit)
    assert document.text == model.text


@given(TEXTS, PLACES, st.sampled_from(Encoding))
def test_a_place_splits_the_text(text: str, place: Place, encoding: Encoding) -> None:
    before, after = Document("file:///x", text, encoding=encoding).split_at(place)
    assert before + after == text
    assert len(before) == UnitModel(text, encoding).offset(place)


@given(TEXTS, st.integers(0, 40), st.sampled_from(Encoding))
def test_a_place_comes_back(text: str, offset: int, encoding: Encoding) -> None:
    document = Document("file:///x", text, encoding=encoding)
    place = document.place_of(offset)
    inside_line_end = text[offset - 1 : offset + 1] == "\r\n"
    assert len(document.split_at(place)[0]) == min(offset - inside_line_end, len(text))


@given(TEXTS, st.sampled_from(Encoding))
def test_units_of_a_text(text: str, encoding: Encoding) -> None:
    assert units_of(text, encoding) == UnitModel(text, encoding).units(text)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", [""]),
        ("a", ["a"]),
        ("a\n", ["a\n", ""]),
        ("a\r\nb\rc\nd", ["a\r\n", "b\r", "c\n", "d"]),
        ("\r\r\n\n", ["\r", "\r\n", "\n", ""]),
        ("class A:\n\f\n    x = '\u2028'\x85\v\n", _FORM_FEED),
    ],
)
def test_line_ends(text: str, lines: list[str]) -> None:
    assert split_lines(text) == lines


def test_halves_of_a_character_that_meet_are_one() -> None:
    document = Document("file:///x", "ab")
    document.apply([Edit("\ud83d", Place(0, 1)), Edit("\ude00", Place(0, 2))], 1)
    assert document.text == "a😀b"
    assert document.split_at(Place(0, 3)) == ("a😀", "b")


def test_a_lone_half_is_kept() -> None:
    document = Document("file:///x", "a\ud83d!\n")
    assert document.split_at(Place(0, 2)) == ("a\ud83d", "!\n")
    document.apply([Edit("?", Place(0, 3))], 1)
    assert document.text == "a\ud83d!?\n"
