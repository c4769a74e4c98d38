"""A sample is a document with a hole, in the very form in which prompts are packed."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.documents import (
    Documents,
    encode_slice,
    next_piece,
    open_documents,
    pack,
    piece_start,
)
from training.samples import Sampler
from training.settings import load
from training.tokens import CONTROL, END, FILE, MIDDLE, PREFIX, REPO, SUFFIX

TEXTS = (
    "import os\n\n\n@mark\ndef join(one, two):\n    '''>>> join(1, 2)'''\n    return one + two\n",
    "class Shelf:\n    books = 3\n\n    def count(self):\n        return self.books\n" * 12,
    "été = 'naïve 🙂'\n\n\nprint(été)\n",
)


class PieceTokenizer:
    """A vocabulary with the one property that matters: no token reaches into a newline run.

    Two bytes make a token where both stand on one line, so where a text is cut decides its
    tokens, as with the real one.
    """

    def __init__(self) -> None:
        self.entries: list[bytes] = [b""] * len(CONTROL)
        self.numbers: dict[bytes, int] = {}

    def number(self, entry: bytes) -> int:
        if entry not in self.numbers:
            self.numbers[entry] = len(self.entries)
            self.entries.append(entry)
        return self.numbers[entry]

    def encode(self, text: str) -> list[int]:
        tokens, at = [], 0
        while at < len(text):
            end = next_piece(text, at + 1)
            data = text[at:end].encode()
            tokens += [self.number(data[i : i + 2]) for i in range(0, len(data), 2)]
            at = end
        return tokens

    def decode(self, tokens: list[int]) -> str:
        return b"".join(self.entries[token] for token in tokens).decode()


@pytest.fixture
def tokenizer() -> PieceTokenizer:
    return PieceTokenizer()


@pytest.fixture
def documents(tokenizer: PieceTokenizer, tmp_path: Path) -> Documents:
    rows = [(f"shelf/{n}.py", "shelf", "", text) for n, text in enumerate(TEXTS)]
    pack(rows, lambda texts: [tokenizer.encode(t) for t in texts], tmp_path / "train.npz")
    return open_documents(tmp_path / "train.npz", np.array([len(e) for e in tokenizer.entries]))


def test_a_slice_has_the_tokens_of_its_text_alone(
    documents: Documents, tokenizer: PieceTokenizer
) -> None:
    for index, text in enumerate(TEXTS):
        document = documents.document(index)
        assert document.text == text
        draw = np.random.default_rng(index)
        for _ in range(300):
            start, end = sorted(draw.integers(0, len(text) + 1, 2).tolist())
            found = encode_slice(document, start, end, tokenizer.encode)
            assert found == tokenizer.encode(text[start:end])


@given(st.text("ab\n", max_size=30), st.integers(0, 30))
def test_pieces_begin_where_a_run_of_newlines_does(text: str, offset: int) -> None:
    offset = min(offset, len(text))
    starts = [0, *(i for i in range(1, len(text)) if text[i] == "\n" and text[i - 1] != "\n")]
    assert piece_start(text, offset) == max(s for s in starts if s <= offset)
    assert next_piece(text, offset) == min([s for s in starts if s >= offset], default=len(text))


def parts(tokens: list[int], tokenizer: PieceTokenizer) -> dict[int, str]:
    """The text behind each control token of a sample."""
    found: dict[int, str] = {}
    at = 0
    while at < len(tokens):
        behind = next(
            (i for i in range(at + 1, len(tokens)) if tokens[i] < len(CONTROL)), len(tokens)
        )
        found[tokens[at]] = tokenizer.decode(tokens[at + 1 : behind])
        at = behind
    return found


def test_a_sample_rebuilds_its_document(documents: Documents, tokenizer: PieceTokenizer) -> None:
    settings = msgspec.structs.replace(load().samples, fim_rate=1.0)
    sampler, draw = Sampler(documents, settings, tokenizer.encode), np.random.default_rng(2)
    orders, heads = set(), 0
    for _ in range(300):
        sample = sampler.sample(400, draw)
        assert len(sample.tokens) <= 400
        if MIDDLE not in sample.tokens:
            continue  # no hole fitted: plain text
        assert sample.tokens[-1] == END
        found = parts(sample.tokens, tokenizer)
        whole = found[PREFIX] + found[MIDDLE] + found[SUFFIX]
        assert any(whole in text for text in TEXTS)
        heads += found[PREFIX].endswith("\n") or not found[PREFIX]
        orders.add(sample.tokens.index(SUFFIX) < sample.tokens.index(PREFIX))
        if REPO in sample.tokens:
            assert found[REPO] in ("myproject\n", "shelf\n")
            assert FILE in sample.tokens
    assert orders == {True, False}
    assert heads > 150


def test_a_function_document_keeps_its_imports_and_decorators(
    documents: Documents, tokenizer: PieceTokenizer
) -> None:
    sampler = Sampler(documents, load().decay_samples, tokenizer.encode)
    document = sampler.one_function(documents.document(0), np.random.default_rng(0))
    assert document is not None
    assert document.text.startswith("import os\n\n\n@mark\ndef join(")
    assert sampler.one_function(documents.document(2), np.random.default_rng(0)) is None


def test_doctests_weigh_more_in_the_decay(documents: Documents, tokenizer: PieceTokenizer) -> None:
    draw = np.random.default_rng(3)
    shares = []
    for settings in (load().samples, load().decay_samples):
        sampler = Sampler(documents, settings, tokenizer.encode)
        shares.append(np.mean([sampler.draw_index(draw) == 0 for _ in range(2000)]))
    assert shares[1] > 1.5 * shares[0]
