"""Real vocabularies of known families, which the set-up takes from llama.cpp's own tests, and the
embedded models as a pair."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ensemble.inference.vocabulary import Vocabulary
from tests.ensemble.inference.models import open_vocabulary
from tests.ensemble.inference.pairs import Pair, open_pair

FAMILIES = ("qwen2", "starcoder", "deepseek-coder", "refact")


@pytest.fixture(scope="session")
def vocabularies() -> dict[str, Vocabulary]:
    """Open the vocabularies; without them the set-up is incomplete, which is a failure."""
    default = Path(__file__).parents[3] / ".tools" / "vocabularies"
    folder = Path(os.environ.get("COTERIE_VOCABULARIES", default))
    return {
        family: open_vocabulary(str(folder / f"ggml-vocab-{family}.gguf")) for family in FAMILIES
    }


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    """The two embedded models, the small one as partner."""
    opened = open_pair()
    yield opened
    opened.close()
