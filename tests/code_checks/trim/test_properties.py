"""What holds for any text in any hole."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from code_checks.hole import Extent, Hole
from code_checks.languages import all_languages
from code_checks.text.extent import end_of_extent, natural_extent
from code_checks.trim import trim

LANGUAGES = [*(language.name for language in all_languages()), "plaintext", "brainfuck"]
PIECES = [
    *"()[]{}\"'`;:,.#/\\=<>@x1 \t\n\r", "\r\n", "\n    ", "\n        ", "\n\t", '"""', "'''", "//",
    "/*", "*/", "--", "--[[", "]]", "def f(x):", "if x:", "else:", "return x", "function f() {",
    "end", "do", "then", "fi", "case x:", "```", "```python\n", "<|endoftext|>", "<fim_middle>",
    "<think>", "</think>", "Here is the code:\n", "\u202e", "\u200b", "\u200d", "\x00", "\x0c",
    "\x85", "\u2028", "é", "👩", "name", "compute(a, b)", "    x = compute(y)\n", "<p>", "</p>",
]  # fmt: skip
CODE = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)
TEXTS = st.one_of(CODE, CODE, CODE, st.text(max_size=40))
HOLES = st.builds(Hole, st.sampled_from(LANGUAGES), TEXTS, TEXTS)
EXTENTS = st.sampled_from([None, *Extent])


@settings(deadline=None, max_examples=400)
@given(HOLES, TEXTS, EXTENTS, st.booleans())
def test_trimming_never_raises_and_trims_once(
    hole: Hole, text: str, extent: Extent | None, finished: bool
) -> None:
    trimmed = trim(hole, text, extent, finished=finished)
    assert trim(hole, trimmed, extent) == trimmed


@settings(deadline=None, max_examples=200)
@given(HOLES, TEXTS, EXTENTS)
def test_nothing_unseen_comes_in(hole: Hole, text: str, extent: Extent | None) -> None:
    """What the document has not, and no editor shows, never enters it."""
    trimmed = trim(hole, text, extent)
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00\ufeff]", trimmed)
    assert "\r" not in trimmed or "\r" in hole.prefix + hole.suffix


@settings(deadline=None, max_examples=200)
@given(HOLES, TEXTS, st.sampled_from(list(Extent)))
def test_extents_are_indexes(hole: Hole, text: str, extent: Extent) -> None:
    end = end_of_extent(hole, text, extent)
    assert end is None or 0 <= end <= len(text)
    assert natural_extent(hole) in (Extent.LINE, Extent.BLOCK)


def test_lone_surrogates_are_removed() -> None:
    """JSON can carry them, UTF-8 cannot, and Hypothesis does not draw them."""
    hole = Hole("python", "# \ud800\nx = ", "\n")
    assert trim(hole, "com\udc00pute(y)", Extent.LINE) == "compute(y)"
    assert trim(hole, "compute(\udc00y) de", Extent.LINE, finished=False) == "compute(y)"
