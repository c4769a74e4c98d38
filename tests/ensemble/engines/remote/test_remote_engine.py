"""Models on a server: what is asked, what is heard, and what happens when the server misbehaves."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence

import pytest

from code_checks.hole import Extent, Hole
from ensemble.async_iterators import closing
from ensemble.candidate import Generation, Sampling, Stop, StopReason
from ensemble.engines.engine import Engine, GenerationRequest
from ensemble.engines.remote.remote_engine import RemoteEngine
from ensemble.errors import EngineUnavailable, ModelRefused
from ensemble.models.registry import ModelSpec
from ensemble.prompts.build_prompt import build_prompt
from tests.ensemble.engines.remote.fake_server import (
    FakeServer,
    choice,
    event,
    fake_server,
    stream,
    whole,
)

HOLE = Hole("python", "def add(a, b):\n    return ", "\n")
GREEDY = Sampling(max_tokens=8)


def spec(server: FakeServer, *, model: str = "", key_env: str = "") -> ModelSpec:
    return ModelSpec("far", url=server.url, fim="qwen-coder", model=model, key_env=key_env)


async def asked(spec: ModelSpec, samplings: Sequence[Sampling] = (GREEDY,)) -> Generation:
    """Return the last state of a generation for HOLE."""
    engine = RemoteEngine(spec)
    prompt = build_prompt(HOLE, await engine.info())
    request = GenerationRequest(prompt, tuple(samplings), Stop(Extent.LINE, HOLE))
    async with closing(engine.generate(request)) as generations:
        return [generation async for generation in generations][-1]


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


FAILURES = {
    "an error status": (whole(b"no such\n model", "404 Not Found"), "answered 404: no such model"),
    "an error event": (stream(event(error={"message": "full"})), "reports an error: "),
    "no JSON": (whole(b"<html>"), "the answer is not a completion"),
    "another shape": (whole(b'{"choices": 1}'), "the answer is not a completion"),
    "no HTTP": ([b"SSH-2.0-OpenSSH_9.2\r\n"], "the answer is not HTTP"),
    "nothing": ([], "the connection broke"),
    "broken off in a chunk": ([*stream(end=False), b"ff\r\ndata:"], "the connection broke"),
    "a bad chunk": ([*stream(end=False), b"xyz\r\n"], "the connection broke"),
    "shorter than said": ([whole(b"{}  ")[0][:-2]], "the connection broke"),
}


@pytest.mark.parametrize(("parts", "message"), FAILURES.values(), ids=FAILURES)
async def test_a_server_that_misbehaves_is_named(parts: list[bytes], message: str) -> None:
    async with fake_server(parts) as server:
        with pytest.raises(EngineUnavailable) as failure:
            await asked(spec(server))
    assert str(failure.value).startswith(f"{server.url}/v1/completions: ")
    assert message in str(failure.value)


async def test_a_server_that_is_not_there_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(EngineUnavailable, match=f"http://127.0.0.1:{port}/v1.* cannot be reached"):
        await asked(ModelSpec("far", url=f"http://127.0.0.1:{port}"))


@pytest.mark.parametrize(
    "url", ["ftp://a", "127.0.0.1:8080", "http://", "nonsense", "http://h:x", "http://["]
)
async def test_a_url_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ModelRefused, match="is not the URL of a server"):
        await RemoteEngine(ModelSpec("far", url=url)).info()


async def test_the_key_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    async with fake_server(stream(event(choices=[choice("x", finish="stop")]))) as server:
        keyed = spec(server, key_env="COTERIE_TEST_KEY")
        monkeypatch.delenv("COTERIE_TEST_KEY", raising=False)
        with pytest.raises(ModelRefused, match="COTERIE_TEST_KEY holds no key"):
            await RemoteEngine(keyed).info()
        monkeypatch.setenv("COTERIE_TEST_KEY", "s3cret")
        await asked(keyed)
    assert "Authorization: Bearer s3cret\r\n" in server.heads[0]


async def test_a_closed_engine_is_unavailable() -> None:
    engine = RemoteEngine(ModelSpec("far", url="http://127.0.0.1:1"))
    await engine.close()
    with pytest.raises(EngineUnavailable, match="closed"):
        await anext(engine.generate(GenerationRequest(build_prompt(HOLE, await engine.info()))))
