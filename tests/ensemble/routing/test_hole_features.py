"""What a hole looks like from outside."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from code_checks.hole import Extent, Hole
from code_checks.languages import all_languages
from ensemble.request import Trigger
from ensemble.routing.cursor_place import CursorPlace, cursor_place_of
from ensemble.routing.hole_features import hole_features

CURSOR = "‸"

PLACES = {
    "‸": CursorPlace.STATEMENT,
    "    ‸": CursorPlace.STATEMENT,
    "import nu‸": CursorPlace.IMPORT,
    "from os.path import ‸": CursorPlace.IMPORT,
    "def ‸": CursorPlace.NAME,
    "func parse‸": CursorPlace.NAME,
    "self.‸": CursorPlace.MEMBER,
    "    self.items.app‸": CursorPlace.MEMBER,
    "total = ‸": CursorPlace.VALUE,
    "n := ‸": CursorPlace.VALUE,
    "return ‸": CursorPlace.RESULT,
    "    return left + ‸": CursorPlace.RESULT,
    "if ‸": CursorPlace.CONDITION,
    "} else if (‸": CursorPlace.CONDITION,
    "for ‸": CursorPlace.LOOP,
    "print(‸": CursorPlace.ARGUMENT,
    "call(first, ‸": CursorPlace.ARGUMENT,
    "rows = [‸": CursorPlace.ITEM,
    "area = width * ‸": CursorPlace.OPERAND,
    "same = a == ‸": CursorPlace.OPERAND,
    'name = "wor‸': CursorPlace.STRING,
    "# note‸": CursorPlace.COMMENT,
    "print(x)‸": CursorPlace.OTHER,
}

SEEN = {
    "a blank line in a body": (
        "def area(width):\n    ‸\n",
        {"head_blank": 1, "above_opens": 1, "tail_blank": 1, "suffix_empty": 1, "below_none": 1},
    ),
    "within a call": (
        "print(area‸)\n", {"in_call": 1, "tail_closers": 1, "head_in_word": 1},
    ),
    "before more text": ("x = ‸ + 1\n", {"tail_blank": 0, "tail_closers": 0, "place:value": 1}),
    "in a string": ('x = "a‸"\n', {"in_string": 1, "place:string": 1}),
    "in a comment": ("# a‸\n", {"in_comment": 1, "in_string": 0}),
    "a line like one before": ("self.left = 1\nself.‸\n", {"head_repeats": 1, "place:member": 1}),
    "a name that is known": ("width = 1\nwidth‸\n", {"names_known": 1}),
    "a name that is new": ("width = 1\nheight‸\n", {"names_known": 0}),
    "a deeper line below": ("if x:\n‸\n        y\n", {"below_deeper": 1, "below_shallower": 0}),
}  # fmt: skip


@pytest.mark.parametrize("marked", PLACES)
def test_place(marked: str) -> None:
    hole = _hole("go" if marked.startswith(("func", "n :=", "}")) else "python", marked)
    found = hole_features(hole, Trigger.AUTOMATIC, Extent.LINE)
    assert [name for name in found if name.startswith("place:")] == [f"place:{PLACES[marked]}"]


def test_every_place_has_a_case() -> None:
    assert set(PLACES.values()) == set(CursorPlace)


def test_a_place_needs_no_document() -> None:
    assert cursor_place_of("return ", "", "") is CursorPlace.RESULT


@pytest.mark.parametrize("case", SEEN)
def test_seen(case: str) -> None:
    marked, expected = SEEN[case]
    found = hole_features(_hole("python", marked), Trigger.AUTOMATIC, Extent.LINE)
    assert {name: found.get(name, 0) for name in expected} == expected


def test_trigger_extent_and_language_are_features() -> None:
    hole = _hole("rust", "let x = ‸;")
    found = hole_features(hole, Trigger.INVOKED, Extent.BLOCK)
    assert {"invoked", "extent:block", "language:rust"} <= set(found)
    assert "language:other" in hole_features(
        _hole("/etc/passwd", "‸"), Trigger.INVOKED, Extent.LINE
    )


@given(
    st.text(alphabet="ab(\"'#\n\t =.[é😀\r", max_size=200), st.integers(0, 200),
    st.sampled_from([language.name for language in all_languages()] + ["nothing"]),
)  # fmt: skip
def test_any_hole_has_bounded_features_and_no_text(text: str, at: int, language: str) -> None:
    hole = Hole.at(language, text, min(at, len(text)))
    found = hole_features(hole, Trigger.AUTOMATIC, Extent.LINE)
    assert all(0 < value <= 1.5 for value in found.values())
    assert all(name.isascii() and "\n" not in name for name in found)
    assert found == hole_features(hole, Trigger.AUTOMATIC, Extent.LINE)


def test_what_is_far_away_counts_only_by_its_size() -> None:
    near = _hole("python", "x = 1\n" * 600 + "y = ‸\n")
    far = _hole("python", "import os\n" * 360 + "x = 1\n" * 600 + "y = ‸\n")
    one, other = (hole_features(hole, Trigger.AUTOMATIC, Extent.LINE) for hole in (near, far))
    differing = {name for name in one if one[name] != other.get(name)}
    assert differing == {"file_size", "before_size"}


def _hole(language: str, marked: str) -> Hole:
    prefix, suffix = marked.split(CURSOR)
    return Hole(language, prefix, suffix)
