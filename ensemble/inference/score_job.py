"""How likely a model finds given texts after a prompt: teacher forcing, many texts in one batch."""

from __future__ import annotations

from collections.abc import Sequence

from ensemble.inference.cached_sequence import CachedSequence, LogitsWanted
from ensemble.inference.model import BATCH, MAX_BRANCHES, Model
from ensemble.inference.prompt_tokens import FittedPrompt
from ensemble.inference.sampler import Logits, log_probability


class ScoringJob:
    """Texts being scored after one prompt, which is computed once for all of them.

    Steps and suspensions are those of `Job`. A text that is longer than what the prompt leaves of
    the model's context is scored as far as it fits.
    """

    def __init__(self, model: Model, fitted: FittedPrompt, texts: Sequence[str]) -> None:
        self.model = model
        self._rests = [fitted.rest for _ in texts]
        self._texts = [_tokenized(model, fitted.rest, text) for text in texts]
        self.logprobs: list[list[float]] = [[] for _ in texts]
        """The natural logarithms of the probabilities of each text's tokens, as far as known."""
        self._sequence = CachedSequence(model, fitted.tokens, MAX_BRANCHES)
        longest = max(map(len, self._texts), default=0)
        fitting = (model.cells - len(fitted.tokens)) // max(longest, 1)
        self._slots = max(1, min(MAX_BRANCHES, fitting))
        most = model.branch_room(len(fitted.tokens), self._slots)
        self._texts = [tokens[:most] for tokens in self._texts]

    @property
    def models(self) -> list[Model]:
        """The model whose cache the job uses."""
        return [self.model]

    @property
    def at_work(self) -> Model:
        """The model that the next step computes with."""
        return self.model

    @property
    def done(self) -> bool:
        return not self._unfinished()

    def step(self) -> bool:
        """Compute one slice of the prompt or one batch of the texts; tell if it was the texts."""
        if not self._sequence.ready:
            self._sequence.prefill()
            return False
        group = self._group()
        room = min(BATCH, self.model.most_logits)
        wanted: list[LogitsWanted] = []
        for number in group:
            tokens, start = self._texts[number], len(self.logprobs[number])
            end = min(len(tokens), start + room)
            if end > start:
                wanted.append(LogitsWanted(self._slot(number), tokens[: end - 1], start))
                room -= end - start
        found = self._sequence.read(wanted)
        for number in group:
            for logits in found.get(self._slot(number), ()):
                self._take(number, logits)
        return True

    def suspend(self) -> None:
        """Give the cache's branches up."""
        self._sequence.suspend()

    def _unfinished(self) -> list[int]:
        """The numbers of the texts that are not scored to their end."""
        known = zip(self._texts, self.logprobs, strict=True)
        return [n for n, (tokens, found) in enumerate(known) if len(found) < len(tokens)]

    def _group(self) -> list[int]:
        """The numbers of the unfinished texts among those that share the cache now."""
        unfinished = self._unfinished()
        group = unfinished[0] // self._slots
        return [number for number in unfinished if number // self._slots == group]

    def _slot(self, number: int) -> int:
        return number % self._slots

    def _take(self, number: int, logits: Logits) -> None:
        found, rest = self.logprobs[number], self._rests[number]
        token = self._texts[number][len(found)]
        # What stands before the cursor is given, so it takes no share of the probability.
        vocabulary = self.model.vocabulary
        allowed = vocabulary.allowed(rest) if rest else None
        found.append(log_probability(logits, token, allowed))
        self._rests[number] = rest[len(vocabulary.piece(token)) :]


def _tokenized(model: Model, rest: bytes, text: str) -> list[int]:
    """Return the tokens of a text behind a prompt, with `rest` of the prompt to write again."""
    return model.vocabulary.tokenize(rest.decode("utf-8", "replace") + text) if text else []
