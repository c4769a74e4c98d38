"""One hole, asked of every family: the prompt's pieces as a file that `tests.golden` rewrites."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from ensemble.engines.prompt import ESSENTIAL, Piece, Prompt
from ensemble.models.info import ModelInfo
from ensemble.prompts.build_prompt import build_prompt
from tests.ensemble.prompts.families import (
    CHUNKS,
    PATH,
    REAL,
    REPOSITORY,
    SOURCE,
    STATED,
    hole_in,
    vocabulary,
)
from tests.golden import check_file

GOLDEN = Path(__file__).parent / "golden"


def info_of(family: str) -> ModelInfo:
    if family in STATED:
        return ModelInfo(family, fim=STATED[family], context=2048)
    return msgspec.structs.replace(vocabulary(family).info, context=2048)


def shown(piece: Piece) -> str:
    priority = "essential" if piece.priority == ESSENTIAL else str(piece.priority)
    kind = " special" if piece.special else ""
    text = piece.text.replace("\n", "¶\n")
    return f"=== {piece.role} {priority}{kind}\n{text}" + ("" if text.endswith("\n") else "\n")


def shown_prompt(prompt: Prompt) -> str:
    return "".join(map(shown, prompt.pieces)) + f"=== head\n{prompt.head}\n"


@pytest.mark.parametrize("family", (*REAL, *STATED))
def test_prompt(family: str) -> None:
    prompt = build_prompt(
        hole_in(SOURCE), info_of(family), path=PATH, repository=REPOSITORY, chunks=CHUNKS
    )
    check_file(GOLDEN / f"{family}.txt", shown_prompt(prompt))
