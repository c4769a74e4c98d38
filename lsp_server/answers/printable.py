"""Text from elsewhere, as it may be shown in a terminal."""

from __future__ import annotations


def printable(text: str) -> str:
    """Return a text in which characters that could steer a terminal are visible instead."""
    return "".join(
        character if character in "\n\t" or character.isprintable() else "\N{REPLACEMENT CHARACTER}"
        for character in text
    )


def one_line(text: str, most: int = 60) -> str:
    """Return a text on one line, cut short, for a table."""
    shown = printable(text.strip("\n")).replace("\n", " ⏎ ").replace("\t", "    ")
    return shown if len(shown) <= most else shown[: most - 1] + "…"
