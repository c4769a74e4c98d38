"""Where a text that is being written ends."""

from __future__ import annotations

import pytest

from code_checks.hole import Extent, Hole
from ensemble.candidate import Stop, StopReason
from ensemble.engines.stop_rules import stopped

IN_BODY = Hole("python", "def f(x):\n    ", "\n    return total\n")
AT_END = Hole("python", "def f(x):\n    ", "\n\ndef g():\n    pass\n")
OPENING = Hole("python", "def f(x):", "\n")

CASES = [
    # what, hole, extent, text, how much of it is kept (None: goes on), why
    ("one line", IN_BODY, Extent.LINE, "y = 1\n", "y = 1", StopReason.LINE),
    ("unfinished line", IN_BODY, Extent.LINE, "y = 1", None, None),
    ("block goes on", AT_END, Extent.BLOCK, "y = 1\n    z = 2\n", None, None),
    ("dedent", AT_END, Extent.BLOCK, "y = 1\n    z()\ndef", "y = 1\n    z()\n", StopReason.BLOCK),
    ("suffix", IN_BODY, Extent.BLOCK, "y = 1\n    return total\n", "y = 1\n", StopReason.SUFFIX),
    ("same line", AT_END, Extent.BLOCK, "y()\n" + "    y()\n" * 3, "*", StopReason.REPETITION),
    ("same word", IN_BODY, Extent.LINE, "x = " + "ab, " * 6, "*", StopReason.REPETITION),
    ("a ruler is code", IN_BODY, Extent.LINE, "# " + "-" * 60, None, None),
    ("wide blanks are code", IN_BODY, Extent.LINE, "x" + " " * 60, None, None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("hole", "extent", "text", "kept", "why"),
    [case[1:] for case in CASES],
    ids=[c[0] for c in CASES],
)
def test_stop(
    hole: Hole, extent: Extent, text: str, kept: str | None, why: StopReason | None
) -> None:
    """Feed the text character by character, as tokens come, and look where it is stopped."""
    found = None
    for length in range(1, len(text) + 1):
        found = stopped(Stop(extent, hole), text[:length])
        if found is not None:
            break
    if kept is None:
        assert found is None
    else:
        assert found is not None
        assert found[1] is why
        assert kept in ("*", text[: found[0]]) or text[: found[0]].rstrip() == kept.rstrip()


def test_many_lines_are_enough() -> None:
    text = "".join(f"    y{n} = {n}\n" for n in range(9))
    assert stopped(Stop(Extent.BLOCK, AT_END, max_lines=9), text) == (len(text), StopReason.LENGTH)
