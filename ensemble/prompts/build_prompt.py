"""From a hole to a prompt: what changes least comes first, the current line last."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from code_checks.hole import Hole
from ensemble.engines.prompt import Piece, Prompt, priority_at
from ensemble.models.info import FimTokens, ModelInfo
from ensemble.prompts.chat import chat_prompt
from ensemble.prompts.file_headings import FileMarks, context_pieces
from ensemble.prompts.window import Measures, head_length, window_after, window_before
from ensemble.request import Chunk

_SUFFIX_COST = 3
"""Three pieces of prefix survive for each piece of suffix, as in llama.cpp's own infilling."""


class Window(NamedTuple):
    """The part of a document around a hole that goes into a prompt, cut into pieces."""

    prefix: tuple[Piece, ...]
    """What stands before the head, in the document's order; the piece nearest to the hole is
    essential."""
    suffix: tuple[Piece, ...]
    """What stands after the hole, in the document's order; the nearest piece is essential."""
    head: str
    """The beginning of the hole's line, with which the model's text is forced to begin."""


def build_prompt(
    hole: Hole,
    info: ModelInfo,
    *,
    path: str = "",
    repository: str = "",
    chunks: Sequence[Chunk] = (),
    suffix_tokens: int | None = None,
) -> Prompt:
    """Return what to ask a model so that it fills a hole.

    With fill-in-the-middle tokens, in the order and with the file headings of its family; without
    them through its chat template; with neither, as the continuation of the prefix. `path` and
    `repository` name the file with the hole; `chunks` are other files' text, in a stable order,
    the most expendable first. `suffix_tokens` bounds the text after the hole where the model
    reads slowly.
    """
    slow = suffix_tokens is not None
    measures = Measures.of_context(info.context, slow=slow)
    after = measures if suffix_tokens is None else Measures.of_suffix(suffix_tokens)
    window = _window(hole, measures, after)
    marks = FileMarks.of_model(info, path, repository, hole.language)
    context = context_pieces(chunks, marks, measures)
    if info.fim.usable:
        return Prompt(_infilling(window, info.fim, context.outside, context.inside), window.head)
    if info.chat_template:
        asked = chat_prompt(
            info,
            window.prefix,
            window.suffix,
            path=path,
            language=hole.language,
            context=context.inside,
        )
        if asked is not None:
            return Prompt(asked, window.head)
    return Prompt((*context.inside, *window.prefix), window.head)


def _infilling(
    window: Window, fim: FimTokens, outside: Sequence[Piece], inside: Sequence[Piece]
) -> tuple[Piece, ...]:
    prefix = (Piece.control(fim.prefix), *inside, *window.prefix)
    suffix = (Piece.control(fim.suffix), *window.suffix)
    middle = (Piece.control(fim.middle),) if fim.middle else ()
    if fim.order == "suffix-prefix-middle":
        return (*outside, *suffix, *prefix, *middle)
    return (*outside, *prefix, *suffix, *middle)


def _window(hole: Hole, measures: Measures, measures_after: Measures) -> Window:
    """Cut the hole's surroundings. The nearest piece on either side is essential; the others'
    priority falls with their distance, counted in pieces so that it changes only at anchors."""
    line_head = hole.line_head
    head = line_head[len(line_head) - head_length(line_head, measures) :]
    before = window_before(hole.prefix[: len(hole.prefix) - len(head)], measures)
    after = window_after(hole.suffix, measures_after)
    prefix = tuple(
        Piece(text, "prefix", priority_at(distance))
        for text, distance in zip(before, reversed(range(len(before))), strict=True)
    )
    suffix = tuple(
        Piece(text, "suffix", priority_at(_SUFFIX_COST * distance, 1 if distance else 0))
        for distance, text in enumerate(after)
    )
    return Window(prefix, suffix, head)
