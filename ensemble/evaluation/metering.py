"""What a request cost: every call that reaches a model is written down."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Sequence

from ensemble.async_iterators import closing
from ensemble.candidate import Generation
from ensemble.engines.engine import Engine, GenerationRequest
from ensemble.engines.local.host_client import LocalEngine
from ensemble.evaluation.cache.cached_engine import CachedLocalEngine
from ensemble.models.info import ModelInfo

Calls = Counter[str]
"""How many texts were asked of each model. Texts of one prompt are calls of their own."""


class MeteredEngine:
    """A model whose calls are counted in `calls`. Closing it leaves the model open."""

    def __init__(self, engine: Engine, calls: Calls) -> None:
        self._engine = engine
        self._calls = calls

    @property
    def name(self) -> str:
        return self._engine.name

    async def info(self) -> ModelInfo:
        """See `Engine.info`."""
        return await self._engine.info()

    async def generate(self, request: GenerationRequest) -> AsyncIterator[Generation]:
        """See `Engine.generate`. A recorded model cannot be asked for more than was recorded, so
        what counts is how many texts came."""
        counted = 0
        async with closing(self._engine.generate(request)) as generations:
            async for generation in generations:
                self._calls[self.name] += max(0, len(generation.candidates) - counted)
                counted = max(counted, len(generation.candidates))
                yield generation

    async def close(self) -> None:
        """The model is closed by whoever opened it."""


class MeteredLocalEngine(MeteredEngine):
    """The same for a local model, which can do more than write: a text that two models write is a
    call of both, and one that is scored is a call, too."""

    def __init__(self, engine: LocalEngine | CachedLocalEngine, calls: Calls) -> None:
        super().__init__(engine, calls)
        self._local = engine

    async def generate(self, request: GenerationRequest) -> AsyncIterator[Generation]:
        """See `Engine.generate`."""
        if request.decoding is not None and request.decoding.partner:
            self._calls[request.decoding.partner] += len(request.samplings)
        async with closing(super().generate(request)) as generations:
            async for generation in generations:
                yield generation

    async def partner(self, name: str) -> ModelInfo:
        """See `PairingEngine.partner`."""
        return await self._local.partner(name)

    async def score(
        self, request: GenerationRequest, texts: Sequence[str]
    ) -> tuple[tuple[float, ...], ...]:
        """See `ScoringEngine.score`."""
        self._calls[self.name] += len(texts)
        return await self._local.score(request, texts)


def metered(engine: Engine, calls: Calls) -> MeteredEngine:
    """Return the model with its calls counted."""
    if isinstance(engine, LocalEngine | CachedLocalEngine):
        return MeteredLocalEngine(engine, calls)
    return MeteredEngine(engine, calls)
