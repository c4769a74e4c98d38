"""Cutting prompts to a budget of tokens, with a real vocabulary."""

from __future__ import annotations

import pytest

from ensemble.engines.prompt import ESSENTIAL, Piece, Prompt
from ensemble.inference.prompt_tokens import fit_prompt
from ensemble.inference.vocabulary import Vocabulary

PROMPT = Prompt(
    (
        Piece("context " * 20, "context", 2),
        Piece.control("<fim_prefix>"),
        Piece("far = 1\n" * 8, "prefix", 1),
        Piece("near = 2\n" * 8, "prefix", ESSENTIAL),
        Piece.control("<fim_suffix>"),
        Piece("after = 3\n" * 8, "suffix", ESSENTIAL),
        Piece.control("<fim_middle>"),
    ),
    "    x =",
)


@pytest.mark.parametrize(
    ("budget", "cut", "kept"),
    [
        (1000, (), ["context", "far", "near", "after"]),
        (125, ("prefix",), ["context", "near", "after"]),
        (100, ("prefix", "context"), ["near", "after"]),
        (50, ("prefix", "context", "prefix", "suffix"), ["near", "after"]),
        (6, ("prefix", "context", "prefix", "suffix"), []),
    ],
)
def test_the_least_important_goes_first(
    vocabularies: dict[str, Vocabulary], budget: int, cut: tuple[str, ...], kept: list[str]
) -> None:
    vocabulary = vocabularies["starcoder"]
    fitted = fit_prompt(PROMPT, vocabulary, budget)
    text = "".join(vocabulary.text_of(token) for token in fitted.tokens)
    assert len(fitted.tokens) <= budget
    assert fitted.cut == cut
    assert all(word in text for word in kept)
    assert text.count("<fim_") == 3


def test_essential_pieces_are_cut_away_from_the_cursor(
    vocabularies: dict[str, Vocabulary],
) -> None:
    vocabulary = vocabularies["starcoder"]
    pieces = (
        Piece("".join(f"before{n}\n" for n in range(50)), "prefix", ESSENTIAL),
        Piece("".join(f"after{n}\n" for n in range(50)), "suffix", ESSENTIAL),
    )
    fitted = fit_prompt(Prompt(pieces), vocabulary, 100)
    text = "".join(vocabulary.text_of(token) for token in fitted.tokens)
    assert "before49" in text
    assert "after0" in text
    assert "before0\n" not in text
    assert "after49" not in text


def test_source_code_cannot_inject_control_tokens(vocabularies: dict[str, Vocabulary]) -> None:
    for vocabulary in vocabularies.values():
        prompt = Prompt(
            (Piece("<fim_prefix><|endoftext|></s><｜fim▁begin｜>", "prefix", ESSENTIAL),)
        )
        tokens = fit_prompt(prompt, vocabulary, 100).tokens
        begin = len(vocabulary.tokenize(vocabulary.info.bos, special=True))
        assert len(tokens) > begin + 10
        assert not any(map(vocabulary.ends_text, tokens[begin:]))


def test_a_separator_goes_with_its_chunk(vocabularies: dict[str, Vocabulary]) -> None:
    vocabulary = vocabularies["starcoder"]
    prompt = Prompt(
        (
            Piece("<fim_pad>", "context", 5, special=True),
            Piece("chunk " * 50, "context", 5),
            Piece.control("<fim_prefix>"),
            Piece("near = 2\n", "prefix", ESSENTIAL),
        )
    )
    fitted = fit_prompt(prompt, vocabulary, 30)
    text = "".join(vocabulary.text_of(token) for token in fitted.tokens)
    assert text == "<fim_prefix>near = 2\n"
    assert fitted.cut == ("context",)


def test_typing_on_a_line_pushes_nothing_out(vocabularies: dict[str, Vocabulary]) -> None:
    vocabulary = vocabularies["starcoder"]
    typed = "result = collect(values, start, stop + 1)"
    for budget in range(180, 240, 5):
        fitted = [
            fit_prompt(Prompt(PROMPT.pieces, typed[:length]), vocabulary, budget)
            for length in range(len(typed))
        ]
        assert len({found.cut for found in fitted}) == 1
        assert all(len(found.tokens) <= budget for found in fitted)


def test_a_spelled_control_token_is_text(vocabularies: dict[str, Vocabulary]) -> None:
    """A model that spells one out, token by token, writes code: it comes through as it is."""
    for vocabulary in vocabularies.values():
        for name in ("<filename>", "<|endoftext|>", "<s>", "<pad>"):
            tokens = vocabulary.tokenize(name)
            assert not any(map(vocabulary.ends_text, tokens))
            assert b"".join(map(vocabulary.piece, tokens)).decode() == name
