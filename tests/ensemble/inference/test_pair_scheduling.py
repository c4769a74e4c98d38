"""Pairs in the host's loop, step by step: who has which cache."""

from __future__ import annotations

import pytest

from code_checks.hole import Extent, Hole
from ensemble.candidate import Candidate, Sampling, Stop
from ensemble.engines.local import messages
from ensemble.engines.prompt import Prompt
from ensemble.inference.model import BATCH
from ensemble.policy.decoding import DecodingMethod
from tests.ensemble.inference.models import SMALL
from tests.ensemble.inference.pairs import decoding
from tests.ensemble.inference.test_scheduling import LONG_PROMPT, SHORT_PROMPT, Loop

PARTNERED = [method for method in DecodingMethod if method is not DecodingMethod.LOOKUP]


@pytest.fixture
def loop() -> Loop:
    return Loop()


def ask_pair(
    loop: Loop, number: int, method: DecodingMethod, prompt: Prompt = SHORT_PROMPT
) -> None:
    samplings = (Sampling(max_tokens=16), Sampling(0.8, max_tokens=16, seed=1))
    stop = Stop(Extent.BLOCK, Hole("plaintext", "", ""), 100)
    chosen = decoding(method, confidence=0.0)
    loop.take(messages.Ask(number, "large", prompt, samplings, stop, 5.0, chosen))


def finish(loop: Loop) -> None:
    while loop.host._requests:
        loop.host._step()


def told(loop: Loop, number: int) -> tuple[Candidate, ...]:
    (done,) = [u for u in loop.updates() if u.id == number and u.generation.done]
    return done.generation.candidates


@pytest.mark.parametrize("method", PARTNERED)
def test_a_pair_that_is_cancelled_leaves_the_others_caches_alone(
    loop: Loop, method: DecodingMethod
) -> None:
    loop.ask(1, SHORT_PROMPT, 5.0, "small")
    finish(loop)
    ask_pair(loop, 2, method)
    for _ in range(5):
        loop.host._step()
    loop.ask(3, SHORT_PROMPT, 5.0, "small")
    for _ in range(3):
        loop.host._step()
    loop.take(messages.Cancel(2))
    finish(loop)
    assert [c.text for c in told(loop, 3)] == [c.text for c in told(loop, 1)]
    assert not loop.host._active


@pytest.mark.parametrize("name", ["small", "large"])
def test_a_newer_request_takes_over_within_one_slice_of_either_prompt(
    loop: Loop, name: str
) -> None:
    ask_pair(loop, 1, DecodingMethod.FUSION, LONG_PROMPT)
    models = loop.host._models
    while not models[name].trunk:
        loop.host._step()
    assert len(models[name].trunk) <= BATCH
    loop.ask(2, SHORT_PROMPT, 5.0, name)
    loop.host._step()
    assert loop.host._active[name] == 2
    finish(loop)
    assert [update.id for update in loop.updates() if update.generation.done] == [2, 1]


def test_whoever_computes_is_to_blame(loop: Loop) -> None:
    ask_pair(loop, 1, DecodingMethod.FUSION)
    finish(loop)
    lines = map(messages.from_host.decode, loop.output.getvalue().splitlines())
    blamed = [message.model for message in lines if isinstance(message, messages.Running)]
    assert blamed[-4:] == ["small", "large"] * 2


def test_other_settings_of_the_partner_end_a_pair(loop: Loop) -> None:
    ask_pair(loop, 1, DecodingMethod.SPECULATIVE)
    loop.host._step()
    loop.take(messages.Load(SMALL))
    lines = map(messages.from_host.decode, loop.output.getvalue().splitlines())
    assert [message.id for message in lines if isinstance(message, messages.Failed)] == [1]
    assert not loop.host._requests


def test_a_partner_that_is_not_loaded_is_said_so(loop: Loop) -> None:
    loop.host._models.pop("small")
    ask_pair(loop, 1, DecodingMethod.FUSION)
    assert b"small: this model is not loaded" in loop.output.getvalue()
