"""The models that prompts are tested for, and one hole to ask them all about."""

from __future__ import annotations

import os
from pathlib import Path

from code_checks.hole import Hole
from ensemble.inference.vocabulary import Vocabulary
from ensemble.models.info import FimTokens
from ensemble.request import Chunk
from tests.ensemble.inference.models import open_vocabulary

CURSOR = "⌶"
ROOT = Path(__file__).resolve().parents[3]
VOCABULARIES = Path(os.environ.get("COTERIE_VOCABULARIES", ROOT / ".tools" / "vocabularies"))

SOURCE = f'''\
"""Prices of a shop."""

from shop.money import Money, rounded

RATES = {{"books": 7, "other": 19}}


def gross(net: Money, kind: str) -> Money:
    """Return a price with tax.

    >>> gross(Money(100), "other")
    Money(119)
    """
    rate = RATES[kind]
    return rounded(net * {CURSOR})


def net(gross: Money, kind: str) -> Money:
    return rounded(gross / (1 + RATES[kind] / 100))
'''
PATH = "shop/tax.py"
REPOSITORY = "shop"
CHUNKS = (
    Chunk("shop/money.py", "python", "class Money(int):\n    pass\n"),
    Chunk("shop/money.py", "python", "def rounded(amount: float) -> Money:\n    ...", 12),
)


def hole_in(source: str, language: str = "python") -> Hole:
    """Return the hole at the cursor mark of a source text."""
    prefix, _, suffix = source.partition(CURSOR)
    return Hole(language, prefix, suffix)


REAL = ("starcoder", "refact", "deepseek-coder", "qwen2", "standin-small")
"""Models of which the real vocabulary is at hand: what they are comes from there."""


def vocabulary(name: str) -> Vocabulary:
    """Open a real vocabulary; fails, with the remedy, if it is not there."""
    if name.startswith("standin"):
        return open_vocabulary(str(ROOT / "tests" / "models" / f"{name}.gguf"))
    path = VOCABULARIES / f"ggml-vocab-{name}.gguf"
    assert path.is_file(), (
        f"{path} is missing: `make setup .tools/vocabularies/.ready` puts it there, or "
        "COTERIE_VOCABULARIES names a directory that has it"
    )
    return open_vocabulary(str(path))


STATED = {
    "qwen2.5-coder": FimTokens(
        "<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "<|fim_pad|>",
        "<|repo_name|>", "<|file_sep|>",
    ),
    "codegemma": FimTokens(
        "<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", file_sep="<|file_separator|>"
    ),
    "codestral": FimTokens("[PREFIX]", "[SUFFIX]", order="suffix-prefix-middle"),
    "mellum": FimTokens(
        "<fim_prefix>", "<fim_suffix>", "<fim_middle>", file_sep="<filename>",
        order="suffix-prefix-middle",
    ),
    "plain": FimTokens(),
}  # fmt: skip
"""Models of which only the control tokens are known here."""
