"""Long texts as windows of tokens, for what reads a text instead of continuing it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

WINDOW = 512
"""Tokens of one window: what every model was trained with, so that losses can be compared."""

Window = Sequence[int]


def windows(tokens: Sequence[int], length: int, most_tokens: int) -> list[Window]:
    """Cut tokens into windows that follow each other; of too many, keep some evenly spaced ones.

    A window of a single token is left out: nothing in it could be predicted.
    """
    cut = [tokens[start : start + length] for start in range(0, len(tokens), length)]
    cut = [window for window in cut if len(window) > 1]
    most = max(1, most_tokens // length)
    if len(cut) <= most:
        return cut
    return [cut[index] for index in np.linspace(0, len(cut) - 1, most).astype(int)]
