"""What is chosen for a hole's context, in which order, and that it stays while somebody types."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from code_checks.hole import Hole
from code_checks.text.similarity import dice, identifiers_in, jaccard
from ensemble.file_rules import FileRules
from ensemble.models.info import FimTokens, ModelInfo
from ensemble.prompts.build_prompt import build_prompt
from ensemble.prompts.context.retrieval import ChunkRing, gather_context
from ensemble.prompts.window import with_line_feeds
from ensemble.request import Chunk

MONEY = '''\
class Money(int):
    """An amount in cents."""

    def in_euros(self) -> float:
        return self / 100


def rounded(amount: float) -> Money:
    """Return the nearest amount."""
    return Money(round(amount))


def unrelated(thing):
    return thing
'''
SIMILAR = "\n".join(f"    basket.add_article(article_{n}, quantity=amount_{n})" for n in range(8))
OTHER = "\n".join(f"frobnicate(widget{n})" for n in range(30))
FILLER = "".join(f"value_{n} = compute_{n}()\n" for n in range(2000))
SOME = "".join(FILLER.splitlines(keepends=True)[:800])

BEFORE = '''\
from shop.money import rounded


def total(basket, article_1, amount_1):
    """Add everything up."""
    basket.add_article(article_1, quantity=amount_1)
    basket.add_article(article_2, quantity=amount_2)
'''


def chunk(path: str, text: str, first_line: int = 0, language: str = "python") -> Chunk:
    return Chunk(path, language, text, first_line)


def gathered(hole: Hole, *chunks: Chunk, limit: int = 2000) -> tuple[Chunk, ...]:
    return gather_context(hole, "shop/basket.py", chunks, limit_chars=limit)


CHUNKS = (
    chunk("shop/money.py", MONEY),
    chunk("shop/other_basket.py", SIMILAR, 40),
    chunk("widgets.py", OTHER),
)


def test_used_definitions_come_in_outline_and_last() -> None:
    context = gathered(Hole("python", BEFORE + "    return ", "\n"), *CHUNKS)
    assert context == (
        chunk("shop/other_basket.py", SIMILAR, 40),
        chunk(
            "shop/money.py",
            'def rounded(amount: float) -> Money:\n    """Return the nearest amount."""\n    ...\n',
            7,
        ),
    )


def test_a_member_brings_its_class() -> None:
    hole = Hole("python", "price = find()\nshown = price.in_euros()\n", "\n")
    (found,) = gathered(hole, CHUNKS[0])
    assert found.text.startswith("class Money(int):")
    twice = chunk("other.py", "class Other:\n    def in_euros(self): ...\n")
    assert not any("Money" in found.text for found in gathered(hole, CHUNKS[0], twice))


def test_distant_parts_of_the_same_file_count() -> None:
    first = "def far_away(count: int) -> int:\n    return count\n\n\n"
    hole = Hole("python", first + SOME + "far_away(1)\n" + "pass\n" * 8, "")
    assert [found.text for found in gathered(hole)] == ["def far_away(count: int) -> int: ...\n"]
    last = "\n\n\ndef far_below(count: int) -> int:\n    return count\n"
    hole = Hole("python", "far_below(1)\n" + "pass\n" * 8, "\n" + SOME + last)
    assert [found.text for found in gathered(hole)] == ["def far_below(count: int) -> int: ...\n"]


def test_what_the_window_shows_is_left_out() -> None:
    own = "def near(count: int) -> int:\n    return count\n"
    hole = Hole("python", own + BEFORE + "near(1)\n", "\n")
    assert gathered(hole, chunk("shop/basket.py", own + BEFORE)) == ()
    assert gathered(hole, chunk("copy.py", own + BEFORE)) == ()


@pytest.mark.parametrize("limit", (0, 10, 100, 200, 400, 1000))
def test_the_limit_holds(limit: int) -> None:
    context = gathered(Hole("python", BEFORE, "\n"), *CHUNKS, limit=limit)
    assert sum(len(found.text) for found in context) <= limit


def test_long_documents_give_blocks() -> None:
    blank = "\n" * 60
    document = chunk("long.py", f"{SOME}{blank}{SIMILAR}{blank}{SOME}")
    context = gathered(Hole("python", BEFORE, "\n"), document, limit=20_000)
    assert all(found.text.count("\n") <= 64 for found in context)
    assert any(SIMILAR.split("\n")[0] in found.text for found in context)


def test_line_ends_make_no_difference() -> None:
    hole = Hole("python", BEFORE + "    return ", "\n")
    windows = Hole("python", hole.prefix.replace("\n", "\r\n"), "\r\n")
    crlf = [
        Chunk(one.path, one.language, one.text.replace("\n", "\r\n"), one.first_line)
        for one in CHUNKS
    ]
    context = gathered(windows, *crlf)
    assert [with_line_feeds(one.text) for one in context] == [
        one.text for one in gathered(hole, *CHUNKS)
    ]


WORDS = st.text(alphabet="abrm_ ().=1", max_size=12)


@given(WORDS, st.integers(0, 200))
def test_typing_on_a_line_changes_nothing(typed: str, filler: int) -> None:
    document = FILLER[: FILLER.index("\n", filler * 20) + 1] + BEFORE
    hole = Hole("python", document, "\n" + FILLER)
    typing = Hole("python", document + typed, typed + "\n" + FILLER)
    assert gathered(typing, *CHUNKS) == gathered(hole, *CHUNKS)


def test_pressing_enter_changes_nothing_between_anchors() -> None:
    document = "".join(FILLER.splitlines(keepends=True)[:33]) + BEFORE
    assert document.count("\n") % 4 == 0
    first = gathered(Hole("python", document, "\n"), *CHUNKS)
    assert first
    for lines in (1, 2, 3):
        entered = Hole("python", document + "rounded(Money)\n" * lines, "\n")
        assert gathered(entered, *CHUNKS) == first


@given(st.permutations(CHUNKS))
def test_the_order_is_that_of_paths(chunks: list[Chunk]) -> None:
    hole = Hole("python", BEFORE + "    return ", "\n")
    assert gathered(hole, *chunks) == gathered(hole, *CHUNKS)


def test_files_that_are_not_allowed_reach_no_prompt(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("ignored/\n", encoding="utf-8")
    rules = FileRules(tmp_path, exclude=("private/",))
    word = "hush_hush"
    text = f"def rounded({word}):\n    basket.add_article(article_1, quantity=amount_1)\n"
    denied = [
        chunk(path, text) for path in (".env", "ignored/a.py", "private/a.py", "my.credentials")
    ]
    hole = Hole("python", BEFORE, "\n")
    info = ModelInfo("m", fim=FimTokens("<p>", "<s>", "<m>", file_sep="<f>"))

    def written(chunks: tuple[Chunk, ...]) -> str:
        context = gathered(hole, *chunks)
        return "".join(piece.text for piece in build_prompt(hole, info, chunks=context).pieces)

    assert word in written(tuple(denied))
    allowed = tuple(one for one in (*denied, *CHUNKS) if rules.allows(one.path))
    assert allowed == CHUNKS
    assert word not in written(allowed)


def test_ring_keeps_the_newest() -> None:
    ring = ChunkRing()
    for number in range(20):
        ring = ring.add(chunk(f"{number}.py", f"first_{number}()\nsecond_{number}()\n"))
    assert [kept.path for kept in ring.chunks] == [f"{number}.py" for number in range(4, 20)]


def test_ring_replaces_what_is_nearly_the_same() -> None:
    lines = [f"call_{number}(argument)" for number in range(40)]
    old = chunk("a.py", "\n".join(lines))
    new = chunk("a.py", "\n".join([*lines[:-1], "changed()"]))
    other = chunk("b.py", "\n".join(lines[:20] + [f"else_{number}()" for number in range(20)]))
    ring = ChunkRing().add(old).add(other)
    assert ring.add(new).chunks == (other, new)
    assert ring.chunks == (old, other)


def test_ring_takes_no_blank_chunk_and_no_more_than_64_lines() -> None:
    assert ChunkRing().add(chunk("a.py", "\n  \n")).chunks == ()
    (kept,) = ChunkRing().add(chunk("a.py", FILLER)).chunks
    assert kept.text == "".join(FILLER.splitlines(keepends=True)[:64]).rstrip("\n")


def test_similarities() -> None:
    one, other = frozenset("abcd"), frozenset("cdef")
    assert dice(one, other) == 0.5
    assert jaccard(one, other) == 2 / 6
    assert dice(frozenset(), frozenset()) == jaccard(frozenset(), frozenset()) == 1.0
    assert identifiers_in("def größe(self, x, _ab1): return größe") == {"größe", "_ab1"}
