"""How likely a model finds texts that it did not write."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Iterator

import pytest

from code_checks.hole import Hole
from ensemble.candidate import Sampling, Stop
from ensemble.engines.engine import GenerationRequest, ScoringEngine
from ensemble.engines.local.host_client import HostClient
from ensemble.engines.scripted import ScriptedEngine
from ensemble.errors import EngineUnavailable
from ensemble.inference.model import Model
from ensemble.inference.prompt_tokens import fit_prompt
from ensemble.inference.sampler import log_probability
from ensemble.inference.score_job import ScoringJob
from tests.ensemble.inference.models import (
    LARGE,
    SMALL,
    finish,
    hole_at,
    job_for,
    open_small,
    suffix_first,
)
from tests.ensemble.inference.pairs import endless

TEXTS = [
    "return value",
    "value = 1",
    "",
    "x",
    "return self.counts[name] == 0",
    "é∀🙂",
    "return value",
]


@pytest.fixture(scope="module")
def model() -> Iterator[Model]:
    opened = open_small()
    yield opened
    opened.close()


def scored(model: Model, hole: Hole, texts: list[str], disturb: int = 0) -> list[list[float]]:
    """Score texts for a hole; with `disturb` another job takes the cache every so many steps."""
    fitted = fit_prompt(suffix_first(hole), model.vocabulary, model.context_tokens - 128)
    job = ScoringJob(model, fitted, texts)
    steps = 0
    while not job.done:
        job.step()
        steps += 1
        if disturb and steps % disturb == 0:
            job.suspend()
            finish(job_for(model, hole_at("class Inventory")))
    job.suspend()
    return job.logprobs


def one_by_one(model: Model, hole: Hole, text: str) -> list[float]:
    """The same by the book: each token after all the tokens before it, in a call of its own."""
    fitted = fit_prompt(suffix_first(hole), model.vocabulary, model.context_tokens - 128)
    rest, found = fitted.rest, []
    tokens = list(fitted.tokens)
    for token in model.vocabulary.tokenize(rest.decode() + text) if text else []:
        model.reuse([0])
        for at in range(0, len(tokens), 200):
            logits = model.extend_trunk(tokens[len(model.trunk) : at + 200])
        allowed = model.vocabulary.allowed(rest) if rest else None
        found.append(log_probability(logits, token, allowed))
        tokens.append(token)
        rest = rest[len(model.vocabulary.piece(token)) :]
    return found


@pytest.mark.parametrize("typed", ["", "ret", "    x = sel"])
def test_scores_are_those_of_reading_token_by_token(model: Model, typed: str) -> None:
    hole = hole_at("return value", typed)
    together = scored(model, hole, TEXTS)
    for text, found in zip(TEXTS, together, strict=True):
        # Batches of other shapes round differently.
        assert found == pytest.approx(one_by_one(model, hole, text), abs=0.15), text


def test_a_text_that_the_model_wrote_scores_what_it_said(model: Model) -> None:
    hole = hole_at("return value", "retu")
    job = finish(job_for(model, hole))
    branch = job.branches[0]
    text = branch.text
    found = scored(model, hole, [text])[0]
    assert found == pytest.approx(branch.logprobs[: len(found)], abs=0.15)


def test_more_texts_than_fit_at_once_and_interruptions(model: Model) -> None:
    hole = hole_at("result.append")
    texts = [f"value_{n} = {n}" for n in range(40)]
    alone = [scored(model, hole, [text])[0] for text in texts]
    for disturb in (0, 2):
        together = scored(model, hole, texts, disturb)
        for found, expected in zip(together, alone, strict=True):
            assert found == pytest.approx(expected, abs=0.15)


def test_a_long_text_is_scored_as_far_as_it_fits(model: Model) -> None:
    short, long = scored(model, hole_at("result.append"), ["x = 1\n", "x = 1\n" * 2000])
    assert 500 > len(long) > 100
    assert long[: len(short) - 1] == pytest.approx(short[:-1], abs=0.15)


def request(hole: Hole) -> GenerationRequest:
    return GenerationRequest(suffix_first(hole), (Sampling(),), Stop(), math.inf)


@pytest.fixture
async def host() -> AsyncIterator[HostClient]:
    opened = HostClient([SMALL, LARGE])
    yield opened
    await opened.close()


async def test_through_the_host(host: HostClient) -> None:
    hole = hole_at("return value")
    scores = {}
    for name in ("small", "large"):
        engine = host.engine(name)
        assert isinstance(engine, ScoringEngine)
        scores[name] = await engine.score(request(hole), ["return value", "", "]]]]"])
        right, nothing, wrong = scores[name]
        assert nothing == ()
        assert sum(right) / len(right) > sum(wrong) / len(wrong)
    assert scores["small"] != scores["large"]
    assert await host.engine("small").score(request(hole), []) == ()


async def test_scores_come_between_generations(host: HostClient) -> None:
    hole = hole_at("return value")
    engine = host.engine("small")
    generations = engine.generate(endless(suffix_first(hole)))
    assert not (await anext(generations)).done
    assert len(await engine.score(request(hole), ["return value"])) == 1
    assert not (await anext(generations)).done
    assert [generation async for generation in generations][-1].done


async def test_a_closed_host_scores_nothing(host: HostClient) -> None:
    engine = host.engine("small")
    await host.close()
    with pytest.raises(EngineUnavailable, match="closed"):
        await engine.score(request(hole_at("return value")), ["x"])


def test_others_are_no_scoring_engines() -> None:
    assert not isinstance(ScriptedEngine("scripted", []), ScoringEngine)
