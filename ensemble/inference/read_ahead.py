"""Reading a prompt that nobody waits for yet, so that the next request finds it in the cache."""

from __future__ import annotations

from collections.abc import Sequence

from ensemble.inference.cached_sequence import CachedSequence
from ensemble.inference.model import Model


class ReadAhead:
    """A prompt being read a slice at a time, whenever the host has nothing else to do.

    Anything may come in between: what was read by then is kept with the model's saved prompts.
    """

    def __init__(self, model: Model, tokens: Sequence[int]) -> None:
        self.model = model
        """The model that reads."""
        self._tokens = list(tokens)

    @property
    def missing(self) -> int:
        """How many of the prompt's tokens are not in the cache."""
        return len(self._tokens) - self.model.known(self._tokens)

    def step(self) -> bool:
        """Read a slice; tell whether that was the last one."""
        if self.missing == 0:
            return True
        sequence = CachedSequence(self.model, self._tokens, 0)
        sequence.prefill()
        return sequence.ready
