"""Places in real files at which lines are typed anew, and the keys that a person presses there."""

from __future__ import annotations

import ast
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LEAST_BYTES, MOST_BYTES = 6_000, 24_000
LINES_PER_PLACE = 3
PAUSE_SECONDS = 2.5
"""How long somebody thinks before each line."""
_GAP_SECONDS = 0.17
"""The median time between two keys of somebody who types prose at some 70 words a minute."""
_SPREAD = 0.35
_MISTAKES = 0.02
"""Of so many keys one is wrong, and taken back."""
_NEIGHBORS = "qwertyuiopasdfghjklzxcvbnm"
_TRIVIAL = re.compile(
    r"[\s)\]}]*(?:#.*|\"\"\".*|'''.*|(?:pass|else:|try:|return|break|continue))?\Z"
)


@dataclass(frozen=True, slots=True)
class Place:
    """Lines of a file that are typed anew."""

    file: Path
    """The file that they were cut from; nothing is written to it."""
    before: str
    """The file up to the end of the line above."""
    lines: tuple[str, ...]
    """The lines, with their indentation and without line ends."""
    after: str
    """The file from the line end behind the last one."""


@dataclass(frozen=True, slots=True)
class Key:
    """One press of a key, or a pause."""

    text: str
    """What it puts in; "" for a pause, and Backspace for taking back a letter."""
    seconds: float
    """How long ago the key before it was pressed."""


BACKSPACE = "\b"


def find_places(folders: list[Path], count: int, seed: int) -> list[Place]:
    """Return places in as many files as there are for a half of the places, in a random order.

    Two places of one file are far apart in the list: somebody comes back to it.
    """
    chance = random.Random(seed)
    files = [
        file
        for folder in folders
        for file in sorted(folder.rglob("*.py"))
        if "test" not in file.as_posix() and LEAST_BYTES <= file.stat().st_size <= MOST_BYTES
    ]
    chance.shuffle(files)
    first, second = list[Place](), list[Place]()
    for file in files:
        found = _places_of(file, chance)
        if found is not None:
            first.append(found[0])
            second.append(found[1])
        if len(first) * 2 >= count:
            break
    return (first + second)[:count]


def keys_of(line: str, auto_indentation: str, chance: random.Random) -> Iterator[Key]:
    """Yield the keys for a line behind Enter: a pause to think, then its letters, some of them
    wrong and taken back. The editor has put in `auto_indentation`."""
    yield Key("", PAUSE_SECONDS)
    typed = auto_indentation
    while not line.startswith(typed):
        typed = typed[:-1]
        yield Key(BACKSPACE, _gap(chance))
    for letter in line[len(typed) :]:
        if letter.isalpha() and chance.random() < _MISTAKES:
            yield Key(chance.choice(_NEIGHBORS), _gap(chance))
            yield Key(BACKSPACE, 2 * _gap(chance))
        yield Key(letter, _gap(chance))


def _gap(chance: random.Random) -> float:
    return _GAP_SECONDS * chance.lognormvariate(0.0, _SPREAD)


def _places_of(file: Path, chance: random.Random) -> tuple[Place, Place] | None:
    try:
        text = file.read_text(encoding="utf-8")
        begun = {node.lineno for node in ast.walk(ast.parse(text)) if isinstance(node, ast.stmt)}
    except (UnicodeDecodeError, SyntaxError):
        return None
    lines = text.split("\n")
    halves = (8, len(lines) // 2), (len(lines) // 2, len(lines) - LINES_PER_PLACE - 2)
    found = []
    for low, high in halves:
        possible = [
            at
            for at in range(low, high)
            if begun.issuperset(range(at + 1, at + 1 + LINES_PER_PLACE))
            and _is_typical(lines[at : at + LINES_PER_PLACE])
        ]
        possible = [at for at in possible if _parses(lines[:at] + lines[at + LINES_PER_PLACE :])]
        if not possible:
            return None
        at = chance.choice(possible)
        end = at + LINES_PER_PLACE
        found.append(
            Place(file, "\n".join(lines[:at]), tuple(lines[at:end]), "\n" + "\n".join(lines[end:]))
        )
    return found[0], found[1]


def _parses(lines: list[str]) -> bool:
    """Whether a file is whole without its lines, as one is to which somebody adds lines."""
    try:
        ast.parse("\n".join(lines))
    except SyntaxError:
        return False
    return True


def _is_typical(lines: list[str]) -> bool:
    """Whether these are statements that somebody would think about and type."""
    return (
        all(
            15 <= len(line) <= 90 and line.startswith("    ") and not _TRIVIAL.match(line)
            for line in lines
        )
        and "".join(lines).count('"""') == 0
    )
