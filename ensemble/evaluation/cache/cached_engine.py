"""A model that is asked each question once: answers are kept, and played again as they came."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence

import msgspec

from ensemble.async_iterators import closing
from ensemble.candidate import Generation, StopReason
from ensemble.engines.engine import Engine, GenerationRequest
from ensemble.engines.local.host_client import LocalEngine
from ensemble.errors import EngineUnavailable
from ensemble.evaluation.cache.generation_cache import GenerationCache
from ensemble.evaluation.cache.kept_answers import KeptGeneration, KeptScores, TimedState
from ensemble.evaluation.cache.tally import Tally
from ensemble.models.info import ModelInfo

_ANY_TOKEN = ("\n",)


class CachedEngine:
    """A model whose answers are taken from a cache, or asked for and kept there.

    `identities` tells models apart by what they are and not by their names; see `model_identity`.
    Whether an answer was in the cache changes
    nothing but the time on the clock: an answer runs to its end undisturbed by a deadline before
    the first of its states is passed on. `tally` is told what answers took.
    """

    def __init__(
        self, engine: Engine, identities: Mapping[str, str], cache: GenerationCache, tally: Tally
    ) -> None:
        self._engine = engine
        self._identities = identities
        self._cache = cache
        self._tally = tally

    @property
    def name(self) -> str:
        return self._engine.name

    async def info(self) -> ModelInfo:
        """See `Engine.info`. A model that is known is not opened."""
        return await self._info_of(self.name, self._engine.info)

    async def generate(self, request: GenerationRequest) -> AsyncIterator[Generation]:
        """See `Engine.generate`. Only states in which a candidate has newly ended are passed on."""
        began = time.perf_counter()
        kept = await self._generation(request)
        self._tally.waited += time.perf_counter() - began
        played = 0.0
        for state in kept.states:
            self._tally.counted += state.seconds - played
            played = state.seconds
            yield _named(state.generation, self.name)

    async def close(self) -> None:
        """See `Engine.close`."""
        await self._engine.close()

    async def _info_of(self, name: str, ask: Callable[[], Awaitable[ModelInfo]]) -> ModelInfo:
        key = self._key(name, "info")
        known = self._cache.get(key, ModelInfo)
        if known is None:
            began = time.perf_counter()
            known = await ask()
            self._tally.waited += time.perf_counter() - began
            self._cache.put(key, known)
        return msgspec.structs.replace(known, name=name)

    async def _generation(self, request: GenerationRequest) -> KeptGeneration:
        question = msgspec.structs.replace(request, deadline=0.0, document="", decoding=None)
        key = self._key(self.name, "generation", question, self._decoding(request))
        kept = self._cache.get(key, KeptGeneration)
        if kept is None:
            kept = await self._asked(request)
            self._cache.put(key, kept)
        self._tally.meet(key, kept.states[-1].seconds)
        return kept

    async def _asked(self, request: GenerationRequest) -> KeptGeneration:
        """Ask the model itself. Raises EngineError."""
        await self._engine.info()  # Opening a model is no part of an answer's time.
        self._tally.asked += 1
        states: list[TimedState] = []
        prefill, ended, began = 0.0, 0, time.perf_counter()
        undisturbed = msgspec.structs.replace(request, deadline=math.inf)
        async with closing(self._engine.generate(undisturbed)) as generations:
            async for generation in generations:
                seconds = time.perf_counter() - began
                prefill = prefill or seconds
                finished = sum(c.stop is not StopReason.RUNNING for c in generation.candidates)
                if finished > ended or generation.done:
                    states.append(TimedState(seconds, generation))
                ended = finished
        if not states or not states[-1].generation.done:
            raise EngineUnavailable(f"{self.name} broke off before it was done")
        return KeptGeneration(tuple(states), prefill)

    def _decoding(self, request: GenerationRequest) -> dict[str, object] | None:
        """Return how two models write together, with what the second one is for its name."""
        if request.decoding is None:
            return None
        partner = self._identities.get(request.decoding.partner, "")
        return {**msgspec.structs.asdict(request.decoding), "partner": partner}

    def _key(self, model: str, kind: str, *question: object) -> str:
        facts = msgspec.json.encode((kind, self._identities[model], question))
        return hashlib.sha256(facts).hexdigest()


class CachedLocalEngine(CachedEngine):
    """The same for a local model, which can do more than write."""

    def __init__(
        self,
        engine: LocalEngine,
        identities: Mapping[str, str],
        cache: GenerationCache,
        tally: Tally,
    ) -> None:
        super().__init__(engine, identities, cache, tally)
        self._local = engine

    async def partner(self, name: str) -> ModelInfo:
        """See `PairingEngine.partner`."""
        if name not in self._identities:
            return await self._local.partner(name)
        return await self._info_of(name, lambda: self._local.partner(name))

    async def score(
        self, request: GenerationRequest, texts: Sequence[str]
    ) -> tuple[tuple[float, ...], ...]:
        """See `ScoringEngine.score`."""
        began = time.perf_counter()
        key = self._key(self.name, "scores", request.prompt, texts)
        kept = self._cache.get(key, KeptScores)
        if kept is None:
            kept = await self._scored(request, texts)
            self._cache.put(key, kept)
        self._tally.meet(key, kept.seconds)
        self._tally.waited += time.perf_counter() - began
        self._tally.counted += kept.seconds
        return kept.logprobs

    async def _scored(self, request: GenerationRequest, texts: Sequence[str]) -> KeptScores:
        """Ask the model itself. Raises EngineError."""
        undisturbed = msgspec.structs.replace(request, deadline=math.inf)
        # A model that judges has just read the prompt, unless its own answer to it was kept. So it
        # reads it now, and as in a request outside of an evaluation only the texts take time.
        await self._local.score(undisturbed, _ANY_TOKEN)
        self._tally.asked += 1
        began = time.perf_counter()
        logprobs = await self._local.score(undisturbed, texts)
        return KeptScores(logprobs, time.perf_counter() - began)


def cached(
    engines: Mapping[str, Engine],
    identities: Mapping[str, str],
    cache: GenerationCache,
    tally: Tally,
) -> dict[str, Engine]:
    """Return the models with their answers kept. One without an identity stays as it is."""
    return {
        name: _cached(engine, identities, cache, tally) if name in identities else engine
        for name, engine in engines.items()
    }


def _cached(
    engine: Engine, identities: Mapping[str, str], cache: GenerationCache, tally: Tally
) -> CachedEngine:
    if isinstance(engine, LocalEngine):
        return CachedLocalEngine(engine, identities, cache, tally)
    return CachedEngine(engine, identities, cache, tally)


def _named(generation: Generation, name: str) -> Generation:
    """Return a generation of a model that may have had another name when it was asked."""
    candidates = tuple(msgspec.structs.replace(c, model=name) for c in generation.candidates)
    return msgspec.structs.replace(generation, candidates=candidates)
