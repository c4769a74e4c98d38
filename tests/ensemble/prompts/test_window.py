"""Windows: they hold the document around the cursor and change only where it changed."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from code_checks.hole import Hole
from ensemble.engines.prompt import ESSENTIAL, Prompt
from ensemble.models.info import FimTokens, ModelInfo
from ensemble.prompts.build_prompt import build_prompt
from ensemble.prompts.window import Measures, with_line_feeds

TINY = ModelInfo(
    "tiny", context=128, fim=FimTokens("<P>", "<S>", "<M>", order="suffix-prefix-middle")
)
LIMIT, LONGEST, LINES = Measures.of_context(TINY.context)

line = st.one_of(
    st.text(alphabet="ab (\t\f\u2028é🙂", max_size=40),
    st.text(alphabet="xy", min_size=30, max_size=60),
    st.just("m" * (LONGEST * 3)),
)


@st.composite
def documents(draw: st.DrawFn) -> str:
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    return end.join(draw(st.lists(line, max_size=60)))


@st.composite
def holes(draw: st.DrawFn) -> Hole:
    prefix, suffix = draw(documents()), draw(documents())
    if prefix.endswith("\r") and suffix.startswith("\n"):
        suffix = suffix[1:]  # A cursor cannot stand within a line end.
    return Hole("plaintext", prefix, suffix)


def texts(prompt: Prompt, role: str) -> list[str]:
    return [piece.text for piece in prompt.pieces if piece.role == role]


@given(holes())
def test_pieces_are_the_document_around_the_hole(hole: Hole) -> None:
    prompt = build_prompt(hole, TINY)
    before = "".join(texts(prompt, "prefix")) + prompt.head
    after = "".join(texts(prompt, "suffix"))
    prefix, suffix = with_line_feeds(hole.prefix), with_line_feeds(hole.suffix)
    assert prefix.endswith(before)
    assert suffix.startswith(after)
    for shown, whole in ((before, prefix), (after, suffix)):
        assert len(shown) >= min(len(whole), LIMIT // 3)
        assert len(shown) <= LIMIT + 2 * LONGEST


@given(holes())
def test_no_piece_is_long_and_the_nearest_are_essential(hole: Hole) -> None:
    prompt = build_prompt(hole, TINY)
    assert all(len(piece.text) <= LONGEST for piece in prompt.pieces)
    assert len(prompt.head) <= LONGEST + LONGEST // 2
    for role in ("prefix", "suffix"):
        priorities = [piece.priority for piece in prompt.pieces if piece.role == role]
        nearest_last = priorities if role == "prefix" else priorities[::-1]
        assert nearest_last == sorted(nearest_last)
        assert len(set(nearest_last)) == len(nearest_last)
        assert nearest_last[-1:] in ([], [ESSENTIAL])


@given(holes(), st.text(alphabet="abc (.:", min_size=1, max_size=8))
def test_typing_on_a_line_changes_only_the_head(hole: Hole, typed: str) -> None:
    # A very long line is the exception: there its earlier part belongs to the window.
    if len(hole.line_head) + len(typed) > LONGEST or len(hole.prefix) > LIMIT:
        return
    before = build_prompt(hole, TINY)
    after = build_prompt(Hole(hole.language, hole.prefix + typed, hole.suffix), TINY)
    assert after.pieces == before.pieces
    assert after.head == before.head + typed


def is_within(run: list[str], whole: list[str]) -> bool:
    return any(whole[at : at + len(run)] == run for at in range(len(whole) + 1))


@given(holes(), st.integers(1, 3))
@settings(max_examples=200)
def test_enter_changes_only_what_follows_the_last_anchor(hole: Hole, lines: int) -> None:
    if len(hole.line_head) > LONGEST or "\r" in hole.prefix:
        return
    entered = Hole(hole.language, hole.prefix + "\n" * lines, hole.suffix)
    before, after = build_prompt(hole, TINY), build_prompt(entered, TINY)
    assert texts(after, "suffix") == texts(before, "suffix")
    # At most one piece grows and one more begins; those before stay, less any that fell off.
    assert is_within(texts(after, "prefix")[:-2], texts(before, "prefix"))


def test_windows_begin_and_end_at_anchors() -> None:
    document = "".join(f"line {number}\n" for number in range(2000))
    prompts = [
        build_prompt(Hole("plaintext", document[:4000] + "x" * typed, "\n" + document[4000:]), TINY)
        for typed in range(60)
    ]
    first_lines = {texts(prompt, "prefix")[0] for prompt in prompts}
    assert len(first_lines) == 1
    assert all(int(first.split()[1]) % LINES == 0 for first in first_lines)
    assert len({texts(prompt, "suffix")[-1] for prompt in prompts}) == 1


def test_three_pieces_of_prefix_survive_for_each_of_suffix() -> None:
    document = "".join(f"line {number}\n" for number in range(2000))
    prompt = build_prompt(Hole("plaintext", document[:4000], document[4000:]), TINY)
    ranked = sorted(prompt.pieces, key=lambda piece: -piece.priority)
    kept = [piece.role for piece in ranked if not piece.special][:16]
    assert (kept.count("prefix"), kept.count("suffix")) == (12, 4)
