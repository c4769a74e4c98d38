"""What `complete` and `explain` ask, and how they wait for the answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import msgspec

from ensemble.async_iterators import closing
from ensemble.cascade.completer import Completer
from ensemble.engines.engine import Engine
from ensemble.errors import EngineError
from ensemble.policy.policy import Policy
from ensemble.request import CompletionRequest, Trigger
from ensemble.trace.candidate_events import Generated
from ensemble.trace.request_events import EngineFailed
from ensemble.trace.trace import Answer
from lsp_server.answers.build_engines import build_engines
from lsp_server.commands.command_errors import CommandError
from lsp_server.commands.completion.cli_document import CliDocument
from lsp_server.commands.completion.position import FilePosition
from lsp_server.settings.layers import Settings

EngineBuilder = Callable[[Settings, Iterable[str]], Mapping[str, Engine]]
Warn = Callable[[str], None]


class CliOptions(msgspec.Struct, frozen=True):
    """The options of the command line."""

    invoked: bool = False
    """Whether to ask as if by a key press."""
    samples: int | None = None
    """How many candidates each model is asked for; None for the policy's own number."""
    tiers: tuple[str, ...] = ()
    """The models to ask, in this order; empty for the policy's own."""
    policy: str | None = None
    """A policy's name or file, in place of the settings' own."""


@dataclass(frozen=True, slots=True)
class CliRequest:
    """A request for a position in a file, with the settings and the policy that hold there."""

    position: FilePosition
    """Where the text is wanted."""
    settings: Settings
    policy: Policy
    request: CompletionRequest
    """What an editor would ask there."""

    @classmethod
    def at(cls, text: str, options: CliOptions) -> CliRequest:
        """Read FILE:LINE:COL and everything it implies. Raises CommandError."""
        position = FilePosition.parse(text)
        document = CliDocument.read(position.file, options.tiers, options.policy)
        hole = document.hole_at(position)
        trigger = Trigger.INVOKED if options.invoked else Trigger.AUTOMATIC
        request = msgspec.structs.replace(
            document.limits.completion(document.uri, hole, trigger), samples=options.samples
        )
        return cls(position, document.settings, document.policy, request)

    def ask(self, warn: Warn, build: EngineBuilder = build_engines) -> Answer:
        """Load the models, then wait for the final answer. Raises CommandError if none loads."""
        return asyncio.run(self._ask(warn, build))

    async def _ask(self, warn: Warn, build: EngineBuilder) -> Answer:
        engines = build(self.settings, self.policy.models)
        completer = Completer(engines, self.policy)
        try:
            await _load(engines, warn)
            # Nobody types meanwhile, so an early answer is of no use: the last one is the best.
            async with closing(completer.answers(self.request)) as answers:
                answer = [answer async for answer in answers][-1]
        finally:
            await completer.close()
        report_failures(answer, warn)
        return answer


async def _load(engines: Mapping[str, Engine], warn: Warn) -> None:
    """Open every model, so that opening does not count as answering."""
    opened = await asyncio.gather(
        *(engine.info() for engine in engines.values()), return_exceptions=True
    )
    for result in opened:
        if isinstance(result, BaseException) and not isinstance(result, EngineError):
            raise result
    refusals = [str(result) for result in opened if isinstance(result, EngineError)]
    if len(refusals) == len(engines):
        raise CommandError("no model can be used:\n  " + "\n  ".join(refusals))
    for refusal in refusals:
        warn(refusal)


def report_failures(answer: Answer, warn: Warn) -> None:
    """Name the models that could not answer. Raises CommandError if none could."""
    events = [step.event for step in answer.trace]
    failures = [event.message for event in events if isinstance(event, EngineFailed)]
    if failures and not any(isinstance(event, Generated) for event in events):
        raise CommandError("no model could answer:\n  " + "\n  ".join(failures))
    for failure in failures:
        warn(failure)
