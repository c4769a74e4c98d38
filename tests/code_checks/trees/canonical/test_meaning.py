"""Texts that vote together mean the same: what they compute is compared by computing it."""

from __future__ import annotations

import random
import re

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from code_checks.hole import Hole
from code_checks.trees.canonical import canonical_key

HOLE = Hole("python", "def f(a, b):\n    ", "\n")
NAMES = "abcd"


def expression(chance: random.Random, names: random.Random, depth: int = 3) -> str:
    """Return an expression whose shape one source of chance decides, and its names the other."""
    shape = chance.randrange(5) if depth else 0

    def inner() -> str:
        return expression(chance, names, depth - 1)

    name = names.choice(NAMES)
    match shape:
        case 1:
            return f"(lambda {name}: {inner()})({inner()})"
        case 2:
            return f"sum([{inner()} for {name} in [{inner()}, 7]])"
        case 3:
            return f"sum([{inner()} for {name} in [{inner()}] for {names.choice(NAMES)} in [3, 4]])"
        case 4:
            return f"({inner()} - {inner()} * 2)"
        case _:
            return name


def statements(chance: random.Random, names: random.Random) -> str:
    """Return the body of a function that may bind names and use them."""
    lines = []
    for _ in range(chance.randrange(3)):
        name, value = names.choice(NAMES), expression(chance, names, 1)
        is_loop = chance.randrange(2)
        lines.append(f"for {name} in [{value}]: b += {name}" if is_loop else f"{name} = {value}")
    return "\n    ".join([*lines, f"return {expression(chance, names)}"])


def outcome(text: str) -> object:
    space: dict[str, object] = {"c": 1_000}
    exec(f"def f(a, b):\n    {text}\n", space)  # Written above; nothing of it comes from elsewhere.
    try:
        return eval("f(10, 100)", space)
    except NameError as error:
        return type(error)


@settings(deadline=None, max_examples=300)
@given(st.integers(0, 10**9), st.sampled_from(NAMES), st.sampled_from(NAMES + "e"))
def test_equal_keys_compute_the_same(seed: int, old: str, new: str) -> None:
    """Where names are called differently, keys are equal only if that changes nothing."""
    chance = random.Random(seed)
    text = statements(chance, chance)
    renamed = re.sub(rf"\b{old}\b", new, text)
    assume(canonical_key(HOLE, text) == canonical_key(HOLE, renamed))
    assert outcome(text) == outcome(renamed)
