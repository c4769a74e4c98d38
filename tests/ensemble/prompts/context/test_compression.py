"""Compressed context: the telling lines, with what they are nested in, within the room."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from code_checks.hole import Hole
from ensemble.cascade.completer import Completer
from ensemble.engines.scripted import ScriptedEngine
from ensemble.policy.policy import Policy, Tier
from ensemble.prompts.context.compression import compressed
from ensemble.request import Chunk, CompletionRequest

HOLE = Hole("python", "rate = exchange_rate(currency)\nprice = ", "\nshow(invoice)\n")
SOURCE = """\
import os

class Bank:
    founded = 1900

    def exchange_rate(self, currency):
        table = self.table
        return table[currency]

    def close(self):
        os.remove(self.path)

def unrelated():
    return 1
"""


@dataclass(frozen=True, slots=True)
class Case:
    limit: int
    kept: str
    sources: tuple[str, ...] = (SOURCE,)


CASES = {
    "no room": Case(0, ""),
    "room for the best line and what it is nested in": Case(
        60, "class Bank:\n    def exchange_rate(self, currency):\n",
    ),
    "room for everything that says something": Case(
        10_000,
        "class Bank:\n    def exchange_rate(self, currency):\n        return table[currency]\n",
    ),
    "nothing says anything": Case(10_000, "", ("x = 1\n", "def other():\n    pass\n")),
    "a rare name says more than a common one": Case(
        25, "invoice = load()\n",
        ("currency = 1\n" * 5 + "invoice = load()\n",),
    ),
    "line ends of Windows": Case(30, "currency = 1\n", ("other = 2\r\ncurrency = 1\r\n",)),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_case(case: Case) -> None:
    chunks = [Chunk(f"{n}.py", "python", text) for n, text in enumerate(case.sources)]
    assert "".join(chunk.text for chunk in compressed(chunks, HOLE, case.limit)) == case.kept


def test_the_current_line_changes_nothing() -> None:
    chunk = Chunk("bank.py", "python", SOURCE)
    typed = Hole(HOLE.language, HOLE.prefix + "unrelated(", HOLE.suffix)
    assert compressed([chunk], typed, 80) == compressed([chunk], HOLE, 80)


@given(st.text(alphabet="ab \n\r\té", max_size=300), st.integers(0, 200))
def test_any_text_keeps_its_lines_order_and_the_limit(text: str, limit: int) -> None:
    hole = Hole("python", "aaa = bbb(abab)\n", "\n")
    found = compressed([Chunk("a.py", "python", text)], hole, limit)
    kept = [line for chunk in found for line in chunk.text.split("\n") if line]
    lines = iter(text.replace("\r\n", "\n").split("\n"))
    assert all(line in lines for line in kept)
    assert sum(len(chunk.text) for chunk in found) <= limit


@pytest.mark.parametrize(("share", "is_whole"), [(1.0, True), (0.02, False)])
async def test_a_tier_s_context_is_compressed(share: float, is_whole: bool) -> None:
    engine = ScriptedEngine("small", ["1"])
    policy = Policy((Tier("small", context=share),))
    chunks = (Chunk("bank.py", "python", SOURCE),)
    request = CompletionRequest(HOLE, path="pay.py", chunks=chunks, deadline=60.0)
    answer = await Completer({"small": engine}, policy).complete(request)
    prompt = "".join(piece.text for piece in engine.requests[0].prompt.pieces)
    assert ("founded" in prompt) == is_whole
    assert "def exchange_rate" in prompt
    assert answer.completions
