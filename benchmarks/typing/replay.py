"""Types places at a person's speed and counts what an assistant shows."""

from __future__ import annotations

import asyncio
import random
import time
from typing import Protocol

from benchmarks.typing.places import BACKSPACE, Place, keys_of
from benchmarks.typing.screen import Counts, Pause, Screen, first_line


class Assistant(Protocol):
    """Who completes: Coterie, or llama-server as llama.vim drives it."""

    async def open(self, place: Place, screen: Screen) -> None:
        """Show a document, with the cursor where lines are missing."""

    def edited(self, screen: Screen) -> None:
        """Learn that the document has changed: ask for a text, and show it when it comes."""

    async def rest(self) -> None:
        """Wait until nothing is computed any more."""

    def cpu_seconds(self) -> float:
        """Return the processor time of its processes so far."""

    def tokens(self) -> tuple[int, int]:
        """Return how many tokens were read and written so far."""


async def type_place(assistant: Assistant, place: Place, counts: Counts, seed: int) -> None:
    """Type the lines of one place."""
    chance = random.Random(seed)
    screen = Screen(place.before, place.after)
    cpu, (read, written) = assistant.cpu_seconds(), assistant.tokens()
    await assistant.open(place, screen)
    above = place.before.rsplit("\n", 1)[-1]
    for number, line in enumerate(place.lines):
        indentation = auto_indentation(above)
        screen.put("\n" + indentation)
        assistant.edited(screen)
        await _type_line(assistant, screen, line, indentation, counts, chance, number == 0)
        above = line
    await assistant.rest()
    read_now, written_now = assistant.tokens()
    counts.cpu_seconds += assistant.cpu_seconds() - cpu
    counts.tokens_read += read_now - read
    counts.tokens_written += written_now - written


async def _type_line(
    assistant: Assistant, screen: Screen, line: str, indentation: str, counts: Counts,
    chance: random.Random, is_first: bool,
) -> None:  # fmt: skip
    typed, pressed = indentation, time.monotonic()
    for key in keys_of(line, indentation, chance):
        pressed += key.seconds
        await asyncio.sleep(max(0.0, pressed - time.monotonic()))
        rest = line[len(typed) :] if line.startswith(typed) else None
        if not key.text:
            counts.pauses.append(_pause(screen, line, typed, is_first))
            continue
        if key.text != BACKSPACE and rest is not None and rest[:1] == key.text:
            counts.keystrokes += 1
            counts.right_before += bool(screen.ghost) and first_line(screen.ghost) == rest
            counts.wrong_before += bool(screen.ghost) and first_line(screen.ghost) != rest
            if screen.waited:
                counts.latencies.append(screen.waited)
        if key.text == BACKSPACE:
            typed = typed[:-1]
            screen.take_back()
        else:
            typed += key.text
            screen.put(key.text)
        assistant.edited(screen)


def _pause(screen: Screen, line: str, typed: str, is_first: bool) -> Pause:
    """Judge what is on the screen at the end of a pause. Where the line is indented less than the
    editor has indented it, no text can be right, and none is counted."""
    shown = first_line(screen.ghost)
    right = bool(shown) and line.startswith(typed) and typed + shown == line
    return Pause(is_first, screen.waited, bool(shown), right)


def auto_indentation(above: str) -> str:
    """Return what an editor puts in behind Enter at the end of a line of Python."""
    indentation = above[: len(above) - len(above.lstrip())]
    return indentation + "    " if above.rstrip().endswith((":", "(", "[", "{")) else indentation
