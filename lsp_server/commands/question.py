"""What `complete` and `explain` ask, and how they wait for the answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import msgspec

from code_checks.extent import natural_extent
from code_checks.hole import Extent, Hole
from code_checks.languages import language_of_path
from ensemble.completer import Completer
from ensemble.deadline import closing
from ensemble.engine import Engine, EngineError
from ensemble.policy import Policy, Trigger
from ensemble.privacy import FileRules
from ensemble.request import CompletionRequest
from ensemble.trace import Answer
from lsp_server.assembly import build_engines, policy_of, with_only_tiers
from lsp_server.commands.failure import CommandError, WrongUsage
from lsp_server.commands.position import Position, read_source
from lsp_server.commands.workplace import Workplace
from lsp_server.config import Settings

EngineBuilder = Callable[[Settings, Iterable[str]], Mapping[str, Engine]]
Warn = Callable[[str], None]


class Wishes(msgspec.Struct, frozen=True):
    """The options of the command line. `tiers` are model names, empty for the policy's own."""

    invoked: bool = False
    samples: int | None = None
    tiers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """A request for a position in a file, with the settings and the policy that hold there."""

    position: Position
    settings: Settings
    policy: Policy
    request: CompletionRequest

    @classmethod
    def at(cls, text: str, wishes: Wishes) -> Question:
        """Read FILE:LINE:COL and everything it implies. Raises CommandError."""
        position = Position.parse(text)
        workplace = Workplace.of(position.file)
        settings = workplace.settings()
        policy = _policy(settings, wishes)
        language = language_of_path(position.file.name)
        _refuse_unwanted(position, settings, workplace, language)
        source = read_source(position.file)
        hole = Hole.at(language, source, position.offset_in(source))
        request = CompletionRequest(
            hole,
            path=workplace.relative(position.file),
            document=position.file.absolute().as_uri(),
            repository=workplace.repository,
            trigger=Trigger.INVOKED if wishes.invoked else Trigger.AUTOMATIC,
            deadline=_deadline(settings, hole, invoked=wishes.invoked),
            samples=wishes.samples,
            max_lines=settings.max_lines,
        )
        return cls(position, settings, policy, request)

    def ask(self, warn: Warn, build: EngineBuilder = build_engines) -> Answer:
        """Load the models, then wait for the final answer. Raises CommandError if none loads."""
        return asyncio.run(self._ask(warn, build))

    async def _ask(self, warn: Warn, build: EngineBuilder) -> Answer:
        engines = build(self.settings, (tier.model for tier in self.policy.tiers))
        completer = Completer(engines, self.policy)
        try:
            await _load(engines, warn)
            # Nobody types meanwhile, so an early answer is of no use: the last one is the best.
            async with closing(completer.answers(self.request)) as answers:
                answer = [answer async for answer in answers][-1]
        finally:
            await completer.close()
        _report_failures(answer, warn)
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


def _report_failures(answer: Answer, warn: Warn) -> None:
    """Name the models that could not answer. Raises CommandError if none could."""
    failures = [
        str(step.facts["message"]) for step in answer.trace if step.event == "engine_failed"
    ]
    if failures and not any(step.event == "generated" for step in answer.trace):
        raise CommandError("no model could answer:\n  " + "\n  ".join(failures))
    for failure in failures:
        warn(failure)


def _deadline(settings: Settings, hole: Hole, *, invoked: bool) -> float:
    if not invoked:
        return settings.deadline_automatic
    whole_function = natural_extent(hole) is Extent.FUNCTION
    return settings.deadline_function if whole_function else settings.deadline_invoked


def _policy(settings: Settings, wishes: Wishes) -> Policy:
    policy = policy_of(settings)
    if unknown := [name for name in wishes.tiers if name not in settings.models]:
        known = ", ".join(settings.models)
        raise WrongUsage(f"there is no model {unknown[0]!r}; known models: {known}")
    return with_only_tiers(policy, wishes.tiers) if wishes.tiers else policy


def _refuse_unwanted(
    position: Position, settings: Settings, workplace: Workplace, language: str
) -> None:
    if not settings.enabled:
        raise CommandError(f"`enabled` is false ({settings.origin('enabled')})")
    if not settings.enabled_for(language):
        key = f"languages.{language}.enabled"
        raise CommandError(f"{position.file}: `{key}` is false ({settings.origin(key)})")
    rules = FileRules(workplace.root, exclude=settings.exclude, secrets=settings.secrets)
    if not rules.allows(position.file.absolute()):
        raise CommandError(
            f"{position.file}: is secret, excluded, or ignored by version control; "
            "see `secrets` and `exclude` in the settings"
        )
