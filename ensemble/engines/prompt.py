"""What a model is asked: pieces of text in order, each with the priority by which it survives."""

from __future__ import annotations

import msgspec


class Piece(msgspec.Struct, frozen=True):
    """A run of prompt text.

    `special` text is control tokens, which the engine looks up as such; all other text is
    tokenized with special parsing off, so that source code cannot inject control tokens.
    When the prompt does not fit, pieces go in order of rising `priority`, whole, and those of equal
    priority together (a separator token with the file that it announces); pieces of priority
    `ESSENTIAL` stay, and are themselves cut, from the far side of the cursor, only if even they do
    not fit. `role` names the piece in reports: `prefix`, `suffix`, `context`, `head`.
    """

    text: str
    role: str = ""
    priority: int = 0
    special: bool = False

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
    """Pieces in the model's order, then `head`, the forced beginning of the answer.

    `head` is the text of the current line before the cursor when the packing puts it behind the
    middle marker: the engine heals its last token and never returns it as part of a candidate.
    The token that must begin every prompt is the engine's to add.
    """

    pieces: tuple[Piece, ...]
    head: str = ""
