"""One hole, asked of a model on a server."""

from __future__ import annotations

from collections.abc import Sequence

from code_checks.hole import Extent, Hole
from ensemble.async_iterators import closing
from ensemble.candidate import Generation, Sampling, Stop
from ensemble.engines.engine import GenerationRequest
from ensemble.engines.remote.remote_engine import RemoteEngine
from ensemble.models.registry import ModelSpec
from ensemble.prompts.build_prompt import build_prompt
from tests.ensemble.engines.remote.fake_server import FakeServer

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
