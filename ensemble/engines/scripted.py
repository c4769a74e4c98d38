"""`ScriptedEngine`: a model that says what it is told to. For tests, ours and anybody's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from itertools import cycle, islice

from ensemble.candidate import Candidate, Generation, StopReason
from ensemble.engines.engine import GenerationRequest
from ensemble.errors import EngineError, EngineUnavailable
from ensemble.models.info import FimTokens, ModelInfo


@dataclass(frozen=True, slots=True)
class Script:
    """One scripted candidate."""

    text: str = ""
    """What it says in the end."""
    logprobs: tuple[float, ...] = ()
    """The log-probability of each token; empty if the model does not tell."""
    partials: tuple[str, ...] = ()
    """What it says before that, shown at once."""
    after: float | asyncio.Event = 0.0
    """What to wait for before the end: seconds since the candidate before it, or an event."""
    stop: StopReason = StopReason.END
    """Why the text ends."""
    failure: EngineError | None = None
    """Raised instead of saying the text."""


Scripts = Sequence[str | Script]


class ScriptedEngine:
    """Plays `answers`, branch by branch and from the start again when there are too few.

    `answers` may be a function of the request.
    """

    def __init__(
        self, name: str, answers: Scripts | Callable[[GenerationRequest], Scripts]
    ) -> None:
        self.name = name
        self.requests: list[GenerationRequest] = []
        """Every question that was asked, in order."""
        self.cancelled = 0
        """How many generations were closed before they were done."""
        self._answers = answers
        self._closed = False

    async def info(self) -> ModelInfo:
        tokens = FimTokens(prefix="<fim_prefix>", suffix="<fim_suffix>", middle="<fim_middle>")
        return ModelInfo(self.name, description="scripted", context=8192, fim=tokens)

    async def generate(self, request: GenerationRequest) -> AsyncIterator[Generation]:
        if self._closed:
            raise EngineUnavailable(f"{self.name} is closed")
        self.requests.append(request)
        scripts = self._scripts(request)
        if not scripts:
            yield Generation(done=True)
            return
        branches = [
            Candidate("", self.name, stop=StopReason.RUNNING, branch=index)
            for index in range(len(scripts))
        ]
        try:
            for depth in range(max((len(script.partials) for script in scripts), default=0)):
                for index, script in enumerate(scripts):
                    if depth < len(script.partials):
                        branches[index] = self._candidate(
                            index, script.partials[depth], StopReason.RUNNING
                        )
                yield Generation(tuple(branches))
            for index, script in enumerate(scripts):
                await _wait(script.after)
                if script.failure is not None:
                    raise script.failure
                branches[index] = self._candidate(index, script.text, script.stop, script.logprobs)
                yield Generation(tuple(branches), done=index + 1 == len(scripts))
        except (asyncio.CancelledError, GeneratorExit):
            self.cancelled += any(branch.stop is StopReason.RUNNING for branch in branches)
            raise

    async def close(self) -> None:
        self._closed = True

    def _scripts(self, request: GenerationRequest) -> list[Script]:
        answers = self._answers(request) if callable(self._answers) else self._answers
        scripts = [Script(answer) if isinstance(answer, str) else answer for answer in answers]
        return list(islice(cycle(scripts), len(request.samplings)))

    def _candidate(
        self, branch: int, text: str, stop: StopReason, logprobs: tuple[float, ...] = ()
    ) -> Candidate:
        return Candidate(text, self.name, logprobs, stop, branch)


async def _wait(after: float | asyncio.Event) -> None:
    if isinstance(after, asyncio.Event):
        await after.wait()
    elif after:
        await asyncio.sleep(after)
