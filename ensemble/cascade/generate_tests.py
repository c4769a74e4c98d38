"""Asking a model for tests of a function that has no body yet (CodeT, Chen et al. 2022)."""

from __future__ import annotations

from code_checks.execution.generated_tests import understands_assertions
from code_checks.hole import Extent, Hole
from code_checks.languages import language_named
from code_checks.trees.functions import Function
from ensemble.async_iterators import closing
from ensemble.candidate import Generation, Sampling, Stop
from ensemble.engines.engine import Engine, GenerationRequest
from ensemble.errors import EngineError
from ensemble.policy.policy import Policy
from ensemble.prompts.build_prompt import build_prompt
from ensemble.request import CompletionRequest
from ensemble.trace.request_events import EngineFailed
from ensemble.trace.testing_events import WroteTests
from ensemble.trace.trace import Journal

_TOKENS = 200
_LINES = 12
_SEED = 7919
"""Keeps the seeds of tests apart from those of the candidates that they judge."""
_TEMPERATURE = 0.8


async def written_tests(
    engine: Engine,
    request: CompletionRequest,
    function: Function,
    policy: Policy,
    deadline: float,
    journal: Journal,
) -> tuple[str, ...]:
    """Return what a model writes after the word `assert`, once for each generation.

    The model sees the function without a body. One that fails is a step of the trace.
    """
    if not understands_assertions(function.language):
        return ()
    hole = test_hole(request.hole, function)
    lead = hole.line_head
    generation = Generation()
    try:
        info = await engine.info()
        question = GenerationRequest(
            prompt=build_prompt(hole, info, path=request.path),
            samplings=tuple(
                Sampling(_TEMPERATURE, max_tokens=_TOKENS, seed=request.seed * _SEED + number)
                for number in range(policy.test_samples)
            ),
            stop=Stop(Extent.BLOCK, hole, _LINES),
            deadline=deadline,
            document=request.document or request.path,
        )
        async with closing(engine.generate(question)) as generations:
            async for latest in generations:
                generation = latest
    except EngineError as error:
        kind, message = type(error).__name__, str(error)
        journal.note(EngineFailed(model=engine.name, error=kind, message=message, purpose="tests"))
    texts = tuple(f"{lead}{candidate.text}" for candidate in generation.candidates)
    journal.note(WroteTests(engine.name, len(texts), generation.usage.generated))
    return texts


def test_hole(hole: Hole, function: Function) -> Hole:
    """Return the hole behind a function without body in which its first test begins."""
    language = language_named(function.language)
    assert language is not None and language.testing is not None
    head = (hole.prefix + hole.suffix)[: function.body[0]].rstrip()
    if language.empty_body:
        whole = f"{head}\n{function.indent or '    '}{language.empty_body}\n\n"
    else:
        whole = f"{head}\n}}\n" if head.endswith("{") else f"{head}\n"
    task = f"{language.line_comment} Check that {function.name} is correct."
    begun = f"{language.testing.assertion}{function.name}("
    return Hole(hole.language, f"{whole}\n{task}\n{begun}", "")
