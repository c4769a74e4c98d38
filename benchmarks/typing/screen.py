"""What stands on the screen of somebody who types, and what is counted of it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field


@dataclass(slots=True)
class Pause:
    """A pause in front of a line that is to be typed."""

    is_first: bool
    """Whether it is the first line in a file that was just opened or come back to."""
    first_text: float | None = None
    """Seconds until there was a text on the screen; None if none came."""
    has_text: bool = False
    """Whether there was a text at the end of the pause."""
    is_right: bool = False
    """Whether that text's first line was the line that was typed then."""


@dataclass(slots=True)
class Counts:
    """What one assistant has shown."""

    pauses: list[Pause] = field(default_factory=list)
    """One for each line."""
    keystrokes: int = 0
    """The letters of the lines, without mistakes and their corrections."""
    right_before: int = 0
    """Those before which the right rest of the line stood on the screen."""
    wrong_before: int = 0
    """Those before which another text stood there."""
    latencies: list[float] = field(default_factory=list)
    """While typing: seconds from a key behind which nothing stood to the next text."""
    cpu_seconds: float = 0.0
    """The processor time of the assistant's processes."""
    tokens_read: int = 0
    """The tokens of prompts that were computed."""
    tokens_written: int = 0
    """The tokens that were generated."""


class Screen:
    """A document with a cursor, and the ghost text behind it.

    A key that the ghost text begins with leaves the rest of it, as editors do; any other change
    takes it away.
    """

    def __init__(self, before: str, after: str) -> None:
        self.before, self.after = before, after
        self.version = 1
        """Counts the changes."""
        self.ghost = ""
        """What is shown behind the cursor."""
        self.changed_at = time.monotonic()
        """When the document was last changed."""
        self.shown_at: float | None = None
        """When, since then, a text came onto the screen; None if none did."""

    def put(self, text: str) -> None:
        """Put letters in at the cursor."""
        rest = self.ghost[len(text) :] if self.ghost.startswith(text) else ""
        self.before += text
        self._changed(rest)

    def take_back(self) -> None:
        """Delete the letter before the cursor."""
        self.before = self.before[:-1]
        self._changed("")

    def show(self, ghost: str) -> None:
        """Show a text, or take away what is shown."""
        self.ghost = ghost
        if ghost and self.shown_at is None:
            self.shown_at = time.monotonic()

    @property
    def waited(self) -> float | None:
        """Seconds from the last change to the text on the screen, None if there was none."""
        return None if self.shown_at is None else self.shown_at - self.changed_at

    def _changed(self, rest: str) -> None:
        self.version += 1
        self.changed_at = time.monotonic()
        self.ghost = rest
        self.shown_at = self.changed_at if rest else None


def first_line(text: str) -> str:
    """Return the first line of a ghost text, without blanks at its end."""
    return text.split("\n", 1)[0].rstrip()
