"""A hole that every code model can fill, to see whether a model fills holes here at all."""

from __future__ import annotations

import time

from code_checks.hole import Hole
from ensemble.async_iterators import closing
from ensemble.candidate import Generation, Sampling, Stop
from ensemble.engines.engine import Engine, GenerationRequest
from ensemble.errors import EngineUnavailable
from ensemble.models.info import ModelInfo
from ensemble.prompts.build_prompt import build_prompt

PATIENCE_SECONDS = 60.0
"""A model that needs longer is of no use here."""

_TEST_HOLE = Hole("python", "def add(first, second):\n    return ", "\n\n\nprint(add(1, 2))\n")
_TEST_TOKENS = 16


async def fill_test_hole(engine: Engine, info: ModelInfo) -> Generation:
    """Return what a model writes into the test hole. Raises EngineError."""
    request = GenerationRequest(
        build_prompt(_TEST_HOLE, info, path="add.py"),
        (Sampling(max_tokens=_TEST_TOKENS),),
        Stop(hole=_TEST_HOLE),
        deadline=time.monotonic() + PATIENCE_SECONDS,
        document="doctor",
    )
    async with closing(engine.generate(request)) as generations:
        async for generation in generations:
            if generation.done:
                return generation
    raise EngineUnavailable(f"{engine.name} broke off before it was done")
