"""Server-sent events, however they are cut into parts on their way."""

from __future__ import annotations

import pytest

from ensemble.engines.remote.event_stream import AnswerTooLong, EventParser

CASES = {
    "one event": (b'data: {"a": 1}\n\n', [b'{"a": 1}']),
    "two events": (b"data: a\n\ndata: b\n\n", [b"a", b"b"]),
    "no blank after the colon": (b"data:a\n\n", [b"a"]),
    "several lines": (b"data: a\ndata: b\n\n", [b"a\nb"]),
    "carriage returns": (b"data: a\r\ndata: b\r\n\r\ndata: c\r\n\r\n", [b"a\nb", b"c"]),
    "other fields and comments": (b": hi\nevent: x\nid: 1\ndata: a\nretry: 9\n\n", [b"a"]),
    "a field that begins alike": (b"database: a\n\n", []),
    "blank lines without data": (b"\n\n: hi\n\n\n", []),
    "no blank line at the end": (b"data: a\n\ndata: b\n", [b"a", b"b"]),
    "no line end at the end": (b"data: a\n\ndata: [DONE]", [b"a", b"[DONE]"]),
    "characters that end lines elsewhere": (
        "data: a\u2028b\x0bc\x85d\n\n".encode(), ["a\u2028b\x0bc\x85d".encode()],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_events_are_the_same_however_they_arrive(text: bytes, expected: list[bytes]) -> None:
    for size in range(1, len(text) + 1):
        parser = EventParser()
        parts = [text[start : start + size] for start in range(0, len(text), size)]
        found = [event for part in parts for event in parser.feed(part)]
        assert [*found, *parser.finish()] == expected


@pytest.mark.parametrize("part", [b"x" * 65536, b"data: " + b"x" * 65536 + b"\n"])
def test_an_event_has_bounds(part: bytes) -> None:
    parser = EventParser()
    with pytest.raises(AnswerTooLong, match="longer than 1024 KiB"):
        for _ in range(17):
            assert list(parser.feed(part)) == []
