"""One candidate in the making: its tokens, its text, and where it ends."""

from __future__ import annotations

import codecs

from ensemble.candidate import Candidate, Sampling, Stop, StopReason
from ensemble.engines.stop_rules import stopped
from ensemble.inference.sampler import Logits, Sampler
from ensemble.inference.vocabulary import Tokens, Vocabulary


class Branch:
    """A candidate that grows token by token until a stop rule, the model or its limit ends it."""

    def __init__(self, index: int, sampling: Sampling, rest: bytes, most: int) -> None:
        self.index = index
        self.sampling = sampling
        self.limit = min(sampling.max_tokens, most)
        self.tokens: list[int] = []
        self.logprobs: list[float] = []
        self.stop = StopReason.RUNNING
        self.rest = rest
        """What is still to be written again of the text before the cursor (token healing)."""
        self.sampler = Sampler(sampling)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._ends: list[int] = []
        self.text = ""

    @property
    def running(self) -> bool:
        return self.stop is StopReason.RUNNING

    @property
    def inside_character(self) -> bool:
        """Whether the tokens so far end in the middle of a character."""
        return bool(self._decoder.getstate()[0])

    def allowed(self, vocabulary: Vocabulary) -> Tokens | None:
        """Return the tokens that may come next, None for all."""
        return vocabulary.allowed(self.rest) if self.rest else None

    def advance(self, vocabulary: Vocabulary, logits: Logits, stop: Stop) -> None:
        """Choose the next token from the logits, and see whether the text ends with it."""
        token, logprob = self.sampler.choose(logits, self.allowed(vocabulary))
        self.take(vocabulary, token, logprob, stop)

    def take(self, vocabulary: Vocabulary, token: int, logprob: float, stop: Stop) -> None:
        """Go on with a token, and see whether the text ends with it."""
        if vocabulary.ends_text(token):
            self.stop = StopReason.END
            return
        self.tokens.append(token)
        self.logprobs.append(logprob)
        piece = vocabulary.piece(token)
        written, self.rest = piece[len(self.rest) :], self.rest[len(piece) :]
        self.text += self._decoder.decode(written)
        self._ends.append(len(self.text))
        end = stopped(stop, self.text)
        if end is not None:
            self._cut(*end)
        elif len(self.tokens) >= self.limit:
            self.stop = StopReason.LENGTH

    def candidate(self, model: str) -> Candidate:
        """Return the candidate as it stands."""
        return Candidate(self.text, model, tuple(self.logprobs), self.stop, self.index)

    def _cut(self, end: int, reason: StopReason) -> None:
        # A token that reaches past the cut was chosen for its beginning as well, so it counts.
        kept = sum(1 for stop in [0, *self._ends[:-1]] if stop < end)
        self.text, self.stop = self.text[:end], reason
        self.logprobs = self.logprobs[: max(kept, 1)]
