"""From a prompt's pieces to tokens that fit the model."""

from __future__ import annotations

from typing import NamedTuple

from ensemble.engines.prompt import ESSENTIAL, Prompt
from ensemble.inference.vocabulary import Vocabulary


class FittedPrompt(NamedTuple):
    """A prompt in a model's tokens, cut to what fits."""

    tokens: list[int]
    """The prompt's tokens, up to the last boundary that the cursor does not split."""
    rest: bytes
    """The bytes between that boundary and the cursor, with which the answer must begin."""
    cut: tuple[str, ...]
    """The roles of the pieces that were left out or shortened, such as `context`."""


def fit_prompt(prompt: Prompt, vocabulary: Vocabulary, budget: int) -> FittedPrompt:
    """Tokenize a prompt and cut it to `budget` tokens: whole pieces in order of rising priority.

    Only when the essential pieces alone are too long are they cut themselves, on the side that
    is away from the cursor: a prefix at its beginning, everything else at its end.
    """
    head, rest = vocabulary.heal(prompt.head)
    head = head[-(budget // 2) :]
    # Room for the head is set aside in steps of an eighth, so that typing on a line does not push
    # out a piece, and with it all that is cached behind that piece, at some odd character.
    step = max(budget // 8, 1)
    room = min(-(-len(head) // step) * step or step, budget - budget // 2)
    bos = vocabulary.tokenize(vocabulary.info.bos, special=True) if vocabulary.info.bos else []
    parts = [vocabulary.tokenize(piece.text, piece.special) for piece in prompt.pieces]
    if prompt.pieces and prompt.pieces[0].special and parts[0][: len(bos)] == bos:
        bos = []  # A chat template writes it itself.
    excess = len(bos) + max(room, len(head)) + sum(map(len, parts)) - budget
    cut: list[str] = []
    for indices in _expendable(prompt):
        if excess <= 0:
            break
        for index in indices:
            excess -= len(parts[index])
            if parts[index] and not prompt.pieces[index].special:
                cut.append(prompt.pieces[index].role)
            parts[index] = []
    if excess > 0:
        cut.extend(_shorten(prompt, parts, excess))
    return FittedPrompt([*bos, *(token for part in parts for token in part), *head], rest, (*cut,))


def _expendable(prompt: Prompt) -> list[list[int]]:
    """Return the pieces that may go, as groups of indices that go together, the first first.

    Pieces of one priority belong together: a chunk and the control token that announces it.
    """
    groups: dict[int, list[int]] = {}
    for index, piece in enumerate(prompt.pieces):
        if piece.priority < ESSENTIAL:
            groups.setdefault(piece.priority, []).append(index)
    return [groups[priority] for priority in sorted(groups)]


def _shorten(prompt: Prompt, parts: list[list[int]], excess: int) -> list[str]:
    """Cut the essential pieces to one common length at which `excess` tokens are gone."""
    essential = [index for index, piece in enumerate(prompt.pieces) if not piece.special]
    lengths = [len(parts[index]) for index in essential]
    most = _common_length(lengths, max(sum(lengths) - excess, 0))
    cut = []
    for index in essential:
        if len(parts[index]) > most:
            is_prefix = prompt.pieces[index].role == "prefix"
            start = len(parts[index]) - most if is_prefix else 0
            parts[index] = parts[index][start : start + most]
            cut.append(prompt.pieces[index].role)
    return cut


def _common_length(lengths: list[int], room: int) -> int:
    """Return the greatest length such that all, cut to it, fit into `room` together."""
    for position, length in enumerate(sorted(lengths)):
        share = room // (len(lengths) - position)
        if length > share:
            return share
        room -= length
    return max(lengths, default=0)
