"""What a model is asked: pieces of text in order, each with the priority by which it survives."""

from __future__ import annotations

import msgspec


class Piece(msgspec.Struct, frozen=True):
    """A run of prompt text."""

    text: str
    role: str = ""
    """What reports call the piece: `prefix`, `suffix`, `context`, `control` or, of a chat prompt,
    `question`."""
    priority: int = 0
    """Where the prompt does not fit, pieces leave in order of rising priority, whole, and those of
    equal priority together (a separator token with the file that it announces). Pieces of priority
    `ESSENTIAL` stay, and are cut, from the far side of the cursor, only if even they do not fit."""
    special: bool = False
    """Whether the text is control tokens, which the engine looks up as such. All other text is
    tokenized with special parsing off, so that source code cannot inject control tokens."""

    @classmethod
    def control(cls, text: str) -> Piece:
        """Return the piece for control tokens without which the prompt has no meaning."""
        return cls(text, "control", ESSENTIAL, special=True)


ESSENTIAL = 1_000_000


def priority_at(distance: float, kind: int = 0) -> int:
    """Return the priority of a piece at a distance from the cursor, counted in pieces of prefix.

    `kind` (0 to 3) keeps pieces of different sorts apart that are equally far.
    """
    return max(1, ESSENTIAL - 4 * round(8 * distance) - kind)


class Prompt(msgspec.Struct, frozen=True):
    """What a model reads. The token that must begin every prompt is the engine's to add."""

    pieces: tuple[Piece, ...]
    """In the order that the model was trained in."""
    head: str = ""
    """The forced beginning of the answer: the text of the current line before the cursor, when it
    stands behind the middle marker. The engine heals its last token, and never returns it as part
    of a candidate."""
    most_tokens: int | None = None
    """How many tokens the prompt may have; None for as many as the model's context allows."""
