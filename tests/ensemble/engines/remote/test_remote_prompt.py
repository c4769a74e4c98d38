"""A prompt as one text."""

from __future__ import annotations

import pytest

from ensemble.engines.prompt import ESSENTIAL, Piece, Prompt
from ensemble.engines.remote.api import endpoint
from ensemble.engines.remote.prompt_text import family_tokens, prompt_text

CONTROL = Piece("<PRE>", "control", ESSENTIAL, special=True)


def test_pieces_come_in_order_with_the_head_last() -> None:
    prompt = Prompt((CONTROL, Piece("a\n", "prefix", ESSENTIAL)), head="x = ")
    assert prompt_text(prompt, 100) == ("<PRE>a\nx = ", ())


def test_source_code_cannot_spell_a_control_token() -> None:
    prompt = Prompt((CONTROL, Piece("a <PRE> b", "prefix")), head="<PRE>")
    text, _ = prompt_text(prompt, 100)
    assert text.count("<PRE>") == 1
    assert text.startswith("<PRE>a ")


def test_the_expendable_goes_first_and_control_tokens_stay() -> None:
    pieces = (
        Piece("far " * 10, "context", 1),
        CONTROL,
        Piece("near" * 10, "prefix", 5),
        Piece("here" * 10, "prefix", ESSENTIAL),
    )
    assert prompt_text(Prompt(pieces), 30) == ("<PRE>" + "near" * 10 + "here" * 10, ("context",))
    text, cut = prompt_text(Prompt(pieces), 15)
    assert (text, cut) == ("<PRE>" + "here" * 10, ("context", "prefix"))


@pytest.mark.parametrize(("role", "kept"), [("prefix", "cdef"), ("suffix", "abcd")])
def test_the_essential_is_cut_away_from_the_cursor(role: str, kept: str) -> None:
    prompt = Prompt((CONTROL, Piece("abcdef", role, ESSENTIAL)))
    assert prompt_text(prompt, 3) == (f"<PRE>{kept}", (role,))


@pytest.mark.parametrize(
    ("url", "posted_to"),
    [
        ("http://h:1", "http://h:1/v1/completions"),
        ("http://h:1/", "http://h:1/v1/completions"),
        ("http://h/v1", "http://h/v1/completions"),
        ("http://h/v1/completions", "http://h/v1/completions"),
        ("https://h/team/v1/", "https://h/team/v1/completions"),
    ],
)
def test_a_url_names_the_server_or_the_endpoint(url: str, posted_to: str) -> None:
    assert endpoint(url) == posted_to


def test_families_are_known_by_name() -> None:
    assert family_tokens("qwen-coder").middle == "<|fim_middle|>"
    assert not family_tokens("").usable
