"""What is remembered, and for which states it is the answer."""

from __future__ import annotations

import pytest

from code_checks.hole import Hole
from ensemble.request import Trigger
from ensemble.trace.trace import Answer, Completion
from lsp_server.answers.answer_cache import LOOK_BACK, AnswerCache

URI = "file:///a.py"


def answer(*texts: str, decided: bool = True) -> Answer:
    completions = tuple(Completion(text, "small", 0, 1.0, None) for text in texts)
    return Answer(completions, decided=decided, final=True)


def hole(text: str) -> Hole:
    """Return the hole at `|` in a text."""
    prefix, _, suffix = text.partition("|")
    return Hole("python", prefix, suffix)


def recalled(memory: AnswerCache, text: str, trigger: Trigger = Trigger.AUTOMATIC) -> list[str]:
    offer = memory.recall(URI, hole(text), trigger)
    return [completion.text for completion in offer.answer.completions] if offer else []


# Known: what was answered at `|` and to which texts; asked: a later state; told: what is said then.
CASES = [
    ("the same state", "x = |\ny", ["a + b"], "x = |\ny", ["a + b"]),
    ("its beginning typed", "x = |\ny", ["a + b"], "x = a +|\ny", [" b"]),
    ("all of it typed", "x = |\ny", ["a + b"], "x = a + b|\ny", []),
    ("something else typed", "x = |\ny", ["a + b"], "x = b|\ny", []),
    ("characters removed", "x = |\ny", ["a + b"], "x =|\ny", []),
    ("a change before", "x = |\ny", ["a + b"], "z = a|\ny", []),
    ("a change behind", "x = |\ny", ["a + b"], "x = a|\nz", []),
    ("the runner-up begins so", "x = |", ["a + b", "b + a"], "x = b|", [" + a"]),
    ("both begin so", "x = |", ["ab", "ac"], "x = a|", ["b", "c"]),
    ("rests that are equal", "x = |", ["ab", "ab"], "x = a|", ["b"]),
    ("lines end otherwise", "if x:|\r\n", ["\n    y\n"], "if x:\r\n  |\r\n", ["  y\n"]),
    ("an auto-closed bracket", "x = |\ny", ["f(a)"], "x = f(|)\ny", ["a)"]),
    ("two of them", "x = |\ny", ["f([a])"], "x = f([|])\ny", ["a])"]),
    ("auto-closed, not in the text", "x = |\ny", ["f(a"], "x = f(|)\ny", []),
    ("not a bracket", "x = |\ny", ["f(ab"], "x = f(|b\ny", []),
]  # fmt: skip


@pytest.mark.parametrize(
    ("known", "texts", "asked", "told"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_recall(known: str, texts: list[str], asked: str, told: list[str]) -> None:
    memory = AnswerCache()
    memory.remember(URI, hole(known), Trigger.AUTOMATIC, answer(*texts))
    assert recalled(memory, asked) == told


def test_auto_closed_brackets_are_replaced() -> None:
    memory = AnswerCache()
    memory.remember(URI, hole("x = |\ny"), Trigger.AUTOMATIC, answer("f([a])"))
    offer = memory.recall(URI, hole("x = f([|])\ny"), Trigger.AUTOMATIC)
    assert offer is not None and offer.replaced == 2


def test_a_newer_answer_replaces_an_older_one() -> None:
    memory = AnswerCache()
    memory.remember(URI, hole("x = |"), Trigger.AUTOMATIC, answer("old"))
    memory.remember(URI, hole("x = |"), Trigger.AUTOMATIC, answer("new"))
    assert recalled(memory, "x = |") == ["new"]
    assert recalled(memory, "x = o|") == []


def test_an_empty_answer_leaves_the_older_one() -> None:
    memory = AnswerCache()
    memory.remember(URI, hole("x = |"), Trigger.AUTOMATIC, answer("old"))
    memory.remember(URI, hole("x = |"), Trigger.AUTOMATIC, answer())
    assert recalled(memory, "x = |") == ["old"]


def test_the_oldest_is_forgotten() -> None:
    memory = AnswerCache(entries=2)
    for head in "abc":
        memory.remember(URI, hole(f"{head} = |"), Trigger.AUTOMATIC, answer("1"))
    assert [recalled(memory, f"{head} = |") for head in "abc"] == [[], ["1"], ["1"]]


@pytest.mark.parametrize(("typed", "known"), [(LOOK_BACK, True), (LOOK_BACK + 1, False)])
def test_it_looks_back_so_far(typed: int, known: bool) -> None:
    memory = AnswerCache()
    memory.remember(URI, hole("|"), Trigger.AUTOMATIC, answer("x" * 200))
    assert bool(recalled(memory, "x" * typed + "|")) is known


@pytest.mark.parametrize(
    ("first", "decided", "second", "known"),
    [
        (Trigger.AUTOMATIC, False, Trigger.AUTOMATIC, True),
        (Trigger.AUTOMATIC, False, Trigger.INVOKED, False),
        (Trigger.AUTOMATIC, True, Trigger.INVOKED, True),
        (Trigger.INVOKED, False, Trigger.AUTOMATIC, True),
        (Trigger.INVOKED, False, Trigger.INVOKED, True),
    ],
)
def test_who_asks_expressly_wants_more(
    first: Trigger, decided: bool, second: Trigger, known: bool
) -> None:
    memory = AnswerCache()
    memory.remember(URI, hole("x = |"), first, answer("a", decided=decided))
    assert bool(recalled(memory, "x = |", second)) is known


def test_documents_are_kept_apart_and_forgotten_one_by_one() -> None:
    memory = AnswerCache()
    memory.remember(URI, hole("|"), Trigger.AUTOMATIC, answer("a"))
    memory.remember("file:///b.py", hole("|"), Trigger.AUTOMATIC, answer("b"))
    assert recalled(memory, "|") == ["a"]
    memory.forget("file:///b.py")
    assert recalled(memory, "|") == ["a"]
    memory.forget(URI)
    assert recalled(memory, "|") == []
