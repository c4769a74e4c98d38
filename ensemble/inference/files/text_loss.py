"""How well a model predicts a text: its loss in bits per byte, which vocabularies cannot bend."""

from __future__ import annotations

import math

from ensemble.engines.local.file_jobs import Loss
from ensemble.inference.files.windows import Window, windows
from ensemble.inference.model import Decoded, Model, ModelError
from ensemble.inference.sampler import log_probability

_BRANCH = 0
_SEQUENCE = _BRANCH + 1


def text_loss(model: Model, text: str, most_tokens: int) -> Loss:
    """Return what predicting a text costs the model, window by window.

    The first token of a window is context only. Windows are as long as the model's context, 512
    tokens at most. Raises ModelError if the text is too short to predict anything.
    """
    trained = model.vocabulary.info.context or model.context_tokens
    length = min(model.context_tokens, trained)
    cut = windows(model.vocabulary.tokenize(text), length, most_tokens)
    if not cut:
        raise ModelError("the text to measure on has not even two tokens")
    bits = sum(_bits(model, window) for window in cut)
    predicted = [token for window in cut for token in window[1:]]
    size = sum(len(model.vocabulary.piece(token)) for token in predicted)
    return Loss(bits, size, len(predicted))


def _bits(model: Model, window: Window) -> float:
    """Return the sum of −log2 p over all tokens of a window but the first."""
    bits = 0.0
    try:
        for start in range(0, len(window) - 1, model.most_logits):
            read = window[start : min(start + model.most_logits, len(window) - 1)]
            logits = model.decode([Decoded(_SEQUENCE, read, start, wanted=len(read))])
            following = window[start + 1 : start + 1 + len(read)]
            bits -= sum(map(log_probability, logits, following)) / math.log(2)
    finally:
        model.drop_branch(_BRANCH)
    return bits
