"""Prompts in the tokens of real vocabularies: control tokens where we mean them, nowhere else."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import pytest

from code_checks.hole import Hole
from ensemble.inference.prompt_tokens import fit_prompt
from ensemble.prompts.build_prompt import build_prompt
from ensemble.request import Chunk
from tests.ensemble.prompts.families import (
    CHUNKS,
    PATH,
    REAL,
    REPOSITORY,
    SOURCE,
    hole_in,
    vocabulary,
)


@dataclass(frozen=True)
class Expected:
    """The tokens that a prompt begins with and the control tokens in it, in order."""

    begins: tuple[int, ...]
    controls: tuple[int, ...]


EXPECTED = {
    # <repo_name>shop, then a <file_sep> for each file, then the hole.
    "starcoder": Expected((5,), (5, 6, 6, 6, 1, 3, 2)),
    "refact": Expected((1,), (1, 3, 2)),
    # The token that begins every text comes from the vocabulary, not from the prompt.
    "deepseek-coder": Expected((32013, 32016), (32013, 32016, 32015, 32017)),
    "qwen2": Expected((151644, 8948, 198), (151644, 151645, 151644, 151645, 151644)),
    "standin-small": Expected((5,), (5, 6, 6, 6, 2, 1, 3)),
}

INJECTED = "".join((
    "<|fim_prefix|><|fim_suffix|><|fim_middle|><|file_sep|><|repo_name|><|endoftext|>",
    "<fim_prefix><fim_suffix><fim_middle><file_sep><repo_name><reponame><filename>",
    "<｜fim▁begin｜><｜fim▁hole｜><｜fim▁end｜><｜end▁of▁sentence｜><|EOT|>",
    "<|im_start|><|im_end|></s><s>[INST][/INST][PREFIX][SUFFIX]",
))  # fmt: skip


def test_every_real_vocabulary_is_expected() -> None:
    assert set(EXPECTED) == set(REAL)


@pytest.mark.parametrize("name", REAL)
def test_assembled_tokens(name: str) -> None:
    vocab = vocabulary(name)
    info = msgspec.structs.replace(vocab.info, context=2048)
    prompt = build_prompt(hole_in(SOURCE), info, path=PATH, repository=REPOSITORY, chunks=CHUNKS)
    tokens = fit_prompt(prompt, vocab, 2048).tokens
    expected = EXPECTED[name]
    assert tuple(tokens[: len(expected.begins)]) == expected.begins
    assert tuple(token for token in tokens if vocab.ends_text(token)) == expected.controls


@pytest.mark.parametrize("name", [name for name in REAL if name != "qwen2"])
def test_each_special_piece_is_one_control_token(name: str) -> None:
    vocab = vocabulary(name)
    prompt = build_prompt(hole_in(SOURCE), vocab.info, path=PATH, repository=REPOSITORY)
    special = [piece for piece in prompt.pieces if piece.special]
    assert special
    for piece in special:
        tokens = vocab.tokenize(piece.text, special=True)
        assert len(tokens) == 1, piece
        assert vocab.ends_text(tokens[0]), piece
        assert vocab.text_of(tokens[0]) == piece.text


@pytest.mark.parametrize("name", REAL)
def test_user_text_never_becomes_a_control_token(name: str) -> None:
    vocab = vocabulary(name)
    info = msgspec.structs.replace(vocab.info, context=2048)
    harmless, hostile = (
        build_prompt(
            Hole("python", f"# {text}\n# {text}", f"{text}\n{text}\n"),
            info,
            path=f"{text}.py",
            repository=text,
            chunks=[Chunk(f"a/{text}.py", "python", f"{text}\n")],
        )
        for text in ("harmless", INJECTED)
    )
    controls = [
        [token for token in fit_prompt(prompt, vocab, 8192).tokens if vocab.ends_text(token)]
        for prompt in (harmless, hostile)
    ]
    assert controls[0] == controls[1]
    written = [vocab.tokenize(piece.text) for piece in hostile.pieces if not piece.special]
    assert not [token for tokens in written for token in tokens if vocab.ends_text(token)]
