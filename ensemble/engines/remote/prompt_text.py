"""A prompt as one text, for servers that tokenize by themselves."""

from __future__ import annotations

from collections.abc import Iterable

from ensemble.engines.prompt import ESSENTIAL, Piece, Prompt
from ensemble.models.families import FAMILIES
from ensemble.models.info import FimTokens

_CHARACTERS_PER_TOKEN = 3
"""Fewer than code has on average, so that a cut prompt surely fits the server's context."""


def family_tokens(family: str) -> FimTokens:
    """Return the fill-in-the-middle tokens of a family, none if it is not named."""
    return next((known.fim for known in FAMILIES if known.name == family), FimTokens())


def control_names(prompt: Prompt, family: str) -> tuple[str, ...]:
    """Return the control tokens of the model that a prompt is for: those in the prompt first, then
    all others for holes and files that its family has."""
    used = [piece.text for piece in prompt.pieces if piece.special]
    fim = family_tokens(family)
    known = (fim.prefix, fim.suffix, fim.middle, fim.pad, fim.repo, fim.file_sep)
    return tuple(name for name in dict.fromkeys((*used, *known)) if name)


def before_control(text: str, names: Iterable[str]) -> str:
    """Return a text up to the first control token; those at its very beginning, with which some
    servers repeat the end of the prompt, are only removed."""
    names = tuple(names)
    while (name := next((name for name in names if text.startswith(name)), "")) != "":
        text = text.removeprefix(name)
    ends = [at for name in names if (at := text.find(name)) >= 0]
    return text[: min(ends)] if ends else text


def prompt_text(prompt: Prompt, tokens: int) -> tuple[str, tuple[str, ...]]:
    """Return the prompt as a text of about this many tokens at most, and the roles that were cut.

    Whole pieces go in order of rising priority; essential ones are shortened only if they alone
    are too long, away from the cursor.
    """
    control = {piece.text for piece in prompt.pieces if piece.special and piece.text}
    texts = [
        piece.text if piece.special else _harmless(piece.text, control) for piece in prompt.pieces
    ]
    head = _harmless(prompt.head, control)
    excess = sum(map(len, texts)) + len(head) - max(1, tokens) * _CHARACTERS_PER_TOKEN
    cut: list[str] = []
    for index in _order_of_leaving(prompt.pieces):
        if excess <= 0:
            break
        piece, text = prompt.pieces[index], texts[index]
        texts[index] = _shortened(piece, text, max(0, len(text) - excess))
        excess -= len(text) - len(texts[index])
        if text:
            cut.append(piece.role)
    return "".join(texts) + head, tuple(cut)


def _order_of_leaving(pieces: tuple[Piece, ...]) -> list[int]:
    """Return the indices of user text: the expendable by priority, then the longest first."""

    def rank(index: int) -> tuple[int, int]:
        piece = pieces[index]
        return min(piece.priority, ESSENTIAL), -len(piece.text)

    return sorted((i for i, piece in enumerate(pieces) if not piece.special), key=rank)


def _shortened(piece: Piece, text: str, length: int) -> str:
    if piece.priority < ESSENTIAL:
        return ""
    return text[len(text) - length :] if piece.role == "prefix" else text[:length]


def _harmless(text: str, control: set[str]) -> str:
    """Return user text in which no control token is spelled out.

    A server reads control tokens wherever they stand, so source code that contains one (this file
    is an example) could end its own prompt. A blank after the first character breaks the spelling.
    """
    for token in control:
        text = text.replace(token, f"{token[0]} {token[1:]}")
    return text
