"""A question that was answered is not asked again; another question is."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Sequence
from typing import Any

import msgspec
import pytest

from code_checks.hole import Hole
from ensemble.async_iterators import closing
from ensemble.candidate import Candidate, Generation, Sampling, Stop, StopReason
from ensemble.engines.engine import Engine, GenerationRequest
from ensemble.engines.local.host_client import HostClient, LocalEngine
from ensemble.engines.prompt import Piece, Prompt
from ensemble.engines.scripted import Script, ScriptedEngine
from ensemble.errors import EngineUnavailable
from ensemble.evaluation.cache.cached_engine import CachedLocalEngine, cached
from ensemble.evaluation.cache.generation_cache import GenerationCache
from ensemble.evaluation.cache.tally import Tally
from ensemble.models.info import ModelInfo
from ensemble.policy.decoding import Decoding, DecodingMethod

IDENTITIES = {"one": "1", "same": "1", "two": "2", "three": "3"}
REQUEST = GenerationRequest(
    Prompt((Piece("def f():\n"),)), (Sampling(), Sampling(0.8, seed=1)), deadline=5.0, document="a"
)


def wrap(engine: Engine, cache: GenerationCache, tally: Tally | None = None) -> Engine:
    return cached({engine.name: engine}, IDENTITIES, cache, tally or Tally())[engine.name]


async def states(engine: Engine, request: GenerationRequest = REQUEST) -> list[Generation]:
    return [generation async for generation in engine.generate(request)]


SAYS = (
    Script("    return 1\n", (-0.5, -0.125), ("    re",), stop=StopReason.LINE),
    Script("    return 2\n", (-1.0,)),
)


async def test_what_was_said_is_played_again_without_asking() -> None:
    cache, model = GenerationCache(), ScriptedEngine("one", SAYS)
    first = await states(wrap(model, cache))
    assert first[-1].candidates == (
        Candidate("    return 1\n", "one", (-0.5, -0.125), StopReason.LINE, 0),
        Candidate("    return 2\n", "one", (-1.0,), StopReason.END, 1),
    )
    assert [state.done for state in first] == [False, True], "each is passed on as it ended"
    assert await states(wrap(ScriptedEngine("one", ["other"]), cache)) == first
    assert len(model.requests) == 1


async def test_a_name_is_not_what_a_model_is() -> None:
    cache = GenerationCache()
    await states(wrap(ScriptedEngine("one", SAYS), cache))
    renamed = await states(wrap(ScriptedEngine("same", ["other"]), cache))
    assert {(c.model, c.text) for c in renamed[-1].candidates} == {
        ("same", "    return 1\n"), ("same", "    return 2\n"),
    }  # fmt: skip
    other = await states(wrap(ScriptedEngine("two", ["other"]), cache))
    assert {candidate.text for candidate in other[-1].candidates} == {"other"}


def asked(**changes: Any) -> GenerationRequest:
    return msgspec.structs.replace(REQUEST, **changes)


SAME_QUESTION = {"deadline": asked(deadline=99.0), "document": asked(document="b")}
OTHER_QUESTION = {
    "prompt": asked(prompt=Prompt((Piece("def g():\n"),))),
    "head": asked(prompt=Prompt(REQUEST.prompt.pieces, head="    ret")),
    "tokens of the prompt": asked(prompt=Prompt(REQUEST.prompt.pieces, most_tokens=9)),
    "seed": asked(samplings=(Sampling(), Sampling(0.8, seed=2))),
    "temperature": asked(samplings=(Sampling(), Sampling(0.7, seed=1))),
    "candidates": asked(samplings=(Sampling(),)),
    "most tokens": asked(samplings=(Sampling(), Sampling(0.8, seed=1, max_tokens=9))),
    "stop": asked(stop=Stop(max_lines=1)),
    "neighborhood": asked(stop=Stop(hole=Hole("python", "a", "b"))),
    "decoding": asked(decoding=Decoding(DecodingMethod.LOOKUP)),
    "partner": asked(decoding=Decoding(DecodingMethod.FUSION, "two")),
    "another partner": asked(decoding=Decoding(DecodingMethod.FUSION, "three")),
    "weight": asked(decoding=Decoding(DecodingMethod.FUSION, "two", weight=0.25)),
    "the partner's prompt": asked(partner_prompt=REQUEST.prompt),
}


async def test_whatever_can_change_an_answer_makes_another_question() -> None:
    cache, model = GenerationCache(), ScriptedEngine("one", SAYS)
    for request in (REQUEST, *SAME_QUESTION.values()):
        await states(wrap(model, cache), request)
    assert len(model.requests) == 1
    for number, (name, request) in enumerate(OTHER_QUESTION.items(), start=2):
        await states(wrap(model, cache), request)
        assert len(model.requests) == number, name


async def test_an_answer_that_nobody_waits_for_is_kept_whole() -> None:
    """A vote may be decided by the first candidates. What they leave unheard is known later."""
    cache, model = GenerationCache(), ScriptedEngine("one", SAYS)
    async with closing(wrap(model, cache).generate(REQUEST)) as generations:
        async for _ in generations:
            break
    assert model.cancelled == 0
    assert len(await states(wrap(model, cache))) == 2
    assert len(model.requests) == 1


async def test_a_deadline_does_not_reach_the_model() -> None:
    model = ScriptedEngine("one", SAYS)
    await states(wrap(model, GenerationCache()))
    assert math.isinf(model.requests[0].deadline)


async def test_a_failure_is_not_kept() -> None:
    cache = GenerationCache()
    failing = ScriptedEngine("one", ["", Script(failure=EngineUnavailable("one: gone"))])
    with pytest.raises(EngineUnavailable, match="one: gone"):
        await states(wrap(failing, cache))
    assert len(await states(wrap(ScriptedEngine("one", SAYS), cache))) == 2


class Mute(ScriptedEngine):
    async def generate(self, request: GenerationRequest) -> AsyncIterator[Generation]:
        yield Generation((Candidate("half", self.name, stop=StopReason.RUNNING),))


async def test_an_answer_without_an_end_is_a_failure() -> None:
    with pytest.raises(EngineUnavailable, match="broke off"):
        await states(wrap(Mute("one", []), GenerationCache()))


async def test_what_is_interrupted_is_asked_again() -> None:
    cache, forever = GenerationCache(), asyncio.Event()
    model = ScriptedEngine("one", [Script("late", after=forever)])
    task = asyncio.create_task(states(wrap(model, cache)))
    for _ in range(9):
        await asyncio.sleep(0)
    assert len(model.requests) == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert model.cancelled == 1
    assert (await states(wrap(ScriptedEngine("one", ["soon"]), cache)))[-1].done


async def test_time_is_counted_as_it_was_when_the_model_was_asked() -> None:
    cache, cold, warm = GenerationCache(), Tally(), Tally()
    slow = ScriptedEngine("one", [Script("a", after=0.05), Script("b", after=0.05)])
    await states(wrap(slow, cache, cold))
    assert cold.asked == 1
    assert 0.1 <= cold.counted <= cold.waited
    again = wrap(slow, cache, warm)
    await states(again)
    assert (warm.asked, warm.counted, warm.fresh) == (0, cold.counted, cold.fresh)
    assert warm.credit > 0.05 > cold.credit
    await states(again)
    assert warm.counted == pytest.approx(2 * cold.counted)
    assert warm.fresh == cold.fresh, "what this run knows would not be asked again"
    async with closing(again.generate(REQUEST)) as generations:
        async for _ in generations:
            break
    assert 0.05 <= warm.counted - 2 * cold.counted < cold.counted, "as far as it was heard"


class Counted(ScriptedEngine):
    opened = 0

    async def info(self) -> ModelInfo:
        self.opened += 1
        return msgspec.structs.replace(await super().info(), parameters=7)


async def test_a_known_model_is_not_opened() -> None:
    cache, first, second = GenerationCache(), Counted("one", SAYS), Counted("same", SAYS)
    assert (await wrap(first, cache).info()).parameters == 7
    await states(wrap(first, cache))
    again = wrap(second, cache)
    assert (await again.info()).name == "same"
    await states(again)
    assert second.opened == 0


class Judge(LocalEngine):
    """A local model without a host."""

    def __init__(self) -> None:
        super().__init__(HostClient([]), "one")
        self.scored: list[Sequence[str]] = []
        self.prompt = Prompt(())

    async def info(self) -> ModelInfo:
        return ModelInfo("one")

    async def partner(self, name: str) -> ModelInfo:
        return ModelInfo(name, parameters=5)

    async def score(
        self, request: GenerationRequest, texts: Sequence[str]
    ) -> tuple[tuple[float, ...], ...]:
        await asyncio.sleep(0.3 * (request.prompt != self.prompt))
        self.prompt = request.prompt
        self.scored += [texts] if texts != ("\n",) else []
        return tuple((-float(len(text)),) for text in texts)


async def test_scores_and_partners_are_kept_as_well() -> None:
    judge, tally = Judge(), Tally()
    engine = wrap(judge, GenerationCache(), tally)
    assert isinstance(engine, CachedLocalEngine)
    for request in (REQUEST, asked(deadline=7.0), asked(samplings=())):
        assert await engine.score(request, ("a", "bc")) == ((-1.0,), (-2.0,))
    assert judge.scored == [("a", "bc")]
    assert tally.asked == 1
    assert tally.counted < 0.3 < tally.waited, "the prompt was read before"
    await engine.score(REQUEST, ("bc", "a"))
    await engine.score(OTHER_QUESTION["prompt"], ("a", "bc"))
    assert judge.scored == [("a", "bc"), ("bc", "a"), ("a", "bc")]
    for name in ("two", "unknown"):
        assert await engine.partner(name) == ModelInfo(name, parameters=5)


async def test_a_model_that_nothing_identifies_is_asked_itself() -> None:
    model = ScriptedEngine("stranger", SAYS)
    assert wrap(model, GenerationCache()) is model
