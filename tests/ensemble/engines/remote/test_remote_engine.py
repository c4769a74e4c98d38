"""Models on a server: what is asked and what is heard."""

from __future__ import annotations

import asyncio
import json

import pytest

from ensemble.async_iterators import closing
from ensemble.candidate import Sampling, StopReason
from ensemble.engines.engine import Engine, GenerationRequest
from ensemble.engines.remote.remote_engine import RemoteEngine
from ensemble.errors import EngineUnavailable, ModelRefused
from ensemble.models.registry import ModelSpec
from ensemble.prompts.build_prompt import build_prompt
from tests.ensemble.engines.remote.asking import GREEDY, HOLE, asked, spec
from tests.ensemble.engines.remote.fake_server import (
    CLOSING_HEAD,
    choice,
    event,
    fake_server,
    stream,
    whole,
)


async def test_a_remote_model_is_an_engine() -> None:
    engine = RemoteEngine(ModelSpec("far", url="http://127.0.0.1:1", model="coder"))
    assert isinstance(engine, Engine)
    info = await engine.info()
    assert (info.name, info.device, info.path) == ("far", "remote", "http://127.0.0.1:1")
    assert not info.fim.usable


async def test_a_stream_becomes_a_candidate() -> None:
    answer = stream(
        event(choices=[choice("a ")]),
        event(choices=[choice("+ b")]),
        event(choices=[choice("", finish="stop")]),
        event(choices=[], usage={"prompt_tokens": 20, "completion_tokens": 5}),
    )
    async with fake_server(answer) as server:
        generation = await asked(spec(server))
    (candidate,) = generation.candidates
    assert (candidate.text, candidate.model, candidate.stop) == ("a + b", "far", StopReason.END)
    assert generation.done
    assert len(candidate.logprobs) == 3


async def test_what_is_asked() -> None:
    async with fake_server(stream(event(choices=[choice("x", finish="stop")]))) as server:
        await asked(spec(server, model="coder"))
    (body,) = server.bodies
    assert server.heads[0].startswith("POST /v1/completions HTTP/1.1\r\n")
    assert body["prompt"].startswith("<|fim_prefix|>")
    assert body["prompt"].endswith("<|fim_middle|>    return ")
    assert (body["model"], body["n"], body["max_tokens"]) == ("coder", 1, 8)
    assert (body["temperature"], body["stream"]) == (0.0, True)
    assert "<|fim_middle|>" in body["stop"]


async def test_candidates_sampled_alike_are_asked_for_at_once() -> None:
    warm = [Sampling(0.7, seed=seed) for seed in (1, 2)]
    answer = stream(event(choices=[choice("x", 0, "stop"), choice("y", 1, "length")]))
    async with fake_server(answer) as server:
        generation = await asked(spec(server), [GREEDY, *warm])
    assert sorted(body["n"] for body in server.bodies) == [1, 2]
    found = [(candidate.text, candidate.branch) for candidate in generation.candidates]
    assert found == [("x", 0), ("x", 1), ("y", 2)]
    assert generation.candidates[2].stop is StopReason.LENGTH


async def test_a_server_that_writes_one_candidate_only_gives_one() -> None:
    warm = [Sampling(0.7, seed=seed) for seed in range(3)]
    async with fake_server(stream(event(choices=[choice("x", 0, "stop")]))) as server:
        generation = await asked(spec(server), warm)
    assert [candidate.text for candidate in generation.candidates] == ["x"]


async def test_an_answer_that_is_not_streamed_is_understood() -> None:
    body = b'{"choices": [{"text": "a + b\\nrest", "index": 0, "finish_reason": "stop"}]}'
    async with fake_server(whole(body)) as server:
        generation = await asked(spec(server))
    (candidate,) = generation.candidates
    assert (candidate.text, candidate.stop) == ("a + b", StopReason.LINE)


async def test_the_connection_is_closed_once_the_text_has_ended() -> None:
    answer = stream(event(choices=[choice("a + b\n")]), end=False)
    async with fake_server(answer, stays=True) as server:
        generation = await asked(spec(server))
        await asyncio.wait_for(server.hung_up.wait(), 10)
    assert generation.candidates[0].text == "a + b"


async def test_closing_the_iterator_closes_the_connection() -> None:
    async with fake_server(stream(event(choices=[choice("a")]), end=False), stays=True) as server:
        engine = RemoteEngine(spec(server))
        prompt = build_prompt(HOLE, await engine.info())
        async with closing(engine.generate(GenerationRequest(prompt))) as generations:
            generation = await anext(generations)
        await asyncio.wait_for(server.hung_up.wait(), 10)
    assert generation.candidates[0].stop is StopReason.RUNNING


async def test_the_data_of_an_event_may_have_several_lines() -> None:
    lines = json.dumps({"choices": [choice("a + b", finish="stop")]}, indent=1).split("\n")
    data = "".join(f"data: {line}\r\n" for line in lines).encode()
    async with fake_server(stream(b"event: message\r\n" + data + b"\r\n")) as server:
        generation = await asked(spec(server))
    assert generation.candidates[0].text == "a + b"


async def test_a_stream_needs_no_end_if_its_candidates_have_one() -> None:
    parts = [CLOSING_HEAD, event(choices=[choice("a", 1, "stop"), choice("b", 0, "length")])]
    async with fake_server(parts) as server:
        generation = await asked(spec(server), [Sampling(0.7, seed=seed) for seed in range(3)])
    assert [candidate.text for candidate in generation.candidates] == ["b", "a"]


@pytest.mark.parametrize(
    "url", ["ftp://a", "127.0.0.1:8080", "http://", "nonsense", "http://h:x", "http://["]
)
async def test_a_url_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ModelRefused, match="is not the URL of a server"):
        await RemoteEngine(ModelSpec("far", url=url)).info()


async def test_a_closed_engine_is_unavailable() -> None:
    engine = RemoteEngine(ModelSpec("far", url="http://127.0.0.1:1"))
    await engine.close()
    with pytest.raises(EngineUnavailable, match="closed"):
        await anext(engine.generate(GenerationRequest(build_prompt(HOLE, await engine.info()))))


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        (["a + b<|fim_pad|>rest"], "a + b"),
        (["a + b<|fim", "_pad|>", "rest"], "a + b"),
        (["<|fim_middle|>", "a + b"], "a + b"),
        (['"<filename>"'], '"<filename>"'),
    ],
)
async def test_a_text_ends_at_a_control_token_of_its_model(parts: list[str], text: str) -> None:
    events = [event(choices=[choice(part)]) for part in parts]
    async with fake_server(stream(*events, event(choices=[choice("", finish="stop")]))) as server:
        generation = await asked(spec(server))
    assert generation.candidates[0].text == text
