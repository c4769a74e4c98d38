"""The one narrow interface to a language model."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Protocol, runtime_checkable

import msgspec

from ensemble.candidate import Generation, Sampling, Stop
from ensemble.engines.prompt import Prompt
from ensemble.models.info import ModelInfo
from ensemble.policy.decoding import Decoding


class GenerationRequest(msgspec.Struct, frozen=True):
    """One question to one model."""

    prompt: Prompt
    """What the model reads, if nothing longer is in its cache."""
    samplings: tuple[Sampling, ...] = (Sampling(),)
    """One for each wanted candidate."""
    stop: Stop = Stop()
    deadline: float = 0.0
    """The moment, in seconds on `time.monotonic`'s clock, by which an answer is worth most: it
    orders requests and does not end them. Infinite for work that nobody waits for."""
    document: str = ""
    """What identifies the text that the hole was cut from: a path, a URI or a task's identifier."""
    decoding: Decoding | None = None
    """How a second model takes part; only a `PairingEngine` heeds it."""
    partner_prompt: Prompt | None = None
    """What the second model reads, if it has to be asked in other words than the first."""
    longer: Prompt | None = None
    """The same question with more around it. An engine with a cache answers it in place of
    `prompt` where it has so much of it already that no more is left to read than `prompt` may have
    tokens (`most_tokens`); and it reads it when it has nothing else to do, for the next request."""


@runtime_checkable
class Engine(Protocol):
    """Something that proposes texts for prompts."""

    @property
    def name(self) -> str:
        """The name by which policies and traces call this model."""

    async def info(self) -> ModelInfo:
        """Describe the model, loading it if need be. Raises EngineError."""

    def generate(self, request: GenerationRequest) -> AsyncIterator[Generation]:
        """Yield the state of the generation, again and again; the last one has `done` set.

        Closing the iterator, or cancelling the task that waits in it, cancels the generation.
        Raises EngineError.
        """

    async def close(self) -> None:
        """Free what the engine holds. Generations under way raise EngineUnavailable."""


@runtime_checkable
class PairingEngine(Engine, Protocol):
    """A model that can write a text together with another one, or drafted by its prompt.

    Ask for it with `isinstance(engine, PairingEngine)`. Its `generate` heeds `request.decoding`,
    and raises ModelRefused where the two models do not fit together.
    """

    async def partner(self, name: str) -> ModelInfo:
        """Describe another model that this one can be paired with, loading it if need be.

        Raises EngineError, ModelRefused if there is no such model in its reach.
        """


@runtime_checkable
class ScoringEngine(Engine, Protocol):
    """A model that also says how likely it finds a text that somebody else wrote.

    Ask for it with `isinstance(engine, ScoringEngine)`: remote, recorded and scripted models are
    none. Two uses: the prompt of a hole and the candidates of other models as `texts` give "the
    same text under this model"; a prompt whose prefix holds the candidate, without the suffix,
    and the first lines after the hole as the only text give "the likelihood of the suffix".
    """

    async def score(
        self, request: GenerationRequest, texts: Sequence[str]
    ) -> tuple[tuple[float, ...], ...]:
        """Return for each text the natural logarithms of the probabilities of its tokens.

        Of `request` only the prompt and the deadline count. The prompt is computed once (or found
        in the cache) and the texts in batches behind it. Where the cursor splits a token, the
        characters before it are given and cost nothing, as in generating. An empty text has no
        tokens; that a text ends where it ends is not scored; one that outgrows the model's context
        is scored as far as it fits. Cancelling the task cancels the work. Raises EngineError.
        """
