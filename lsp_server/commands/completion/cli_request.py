"""What `complete` and `explain` ask, and how they wait for the answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from code_checks.hole import Hole
from code_checks.languages import language_of_path
from ensemble.async_iterators import closing
from ensemble.cascade.completer import Completer
from ensemble.engines.engine import Engine
from ensemble.errors import EngineError
from ensemble.file_rules import FileRules
from ensemble.policy.policy import Policy
from ensemble.request import CompletionRequest, Trigger
from ensemble.trace.candidate_events import Generated
from ensemble.trace.request_events import EngineFailed
from ensemble.trace.trace import Answer
from lsp_server.answers.build_engines import build_engines, policy_of, with_only_tiers
from lsp_server.answers.request_limits import RequestLimits
from lsp_server.commands.command_errors import CommandError, WrongUsage
from lsp_server.commands.completion.position import FilePosition, read_source
from lsp_server.settings import consent
from lsp_server.settings.folders import Folder
from lsp_server.settings.kinds import POLICIES, POLICY, BadValue
from lsp_server.settings.layers import Settings, with_client_options
from lsp_server.settings.project import Project

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
        project = Project.of(position.file)
        settings = _with_policy(project.settings(), options.policy)
        policy = _policy(settings, options)
        rules = FileRules(project.root, exclude=settings.exclude, secrets=settings.secrets)
        _refuse_private(position.file, rules)
        folder = Folder(project.root, settings, rules)
        limits = RequestLimits.of(folder, position.file.absolute())
        source = read_source(position.file)
        hole = Hole.at(language_of_path(position.file.name), source, position.offset_in(source))
        if reason := consent.refusal(settings, hole):
            raise CommandError(f"{position.file}: {reason}")
        trigger = Trigger.INVOKED if options.invoked else Trigger.AUTOMATIC
        request = msgspec.structs.replace(
            limits.completion(position.file.absolute().as_uri(), hole, trigger),
            repository=project.repository,
            samples=options.samples,
        )
        return cls(position, settings, policy, request)

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
    events = [step.event for step in answer.trace]
    failures = [event.message for event in events if isinstance(event, EngineFailed)]
    if failures and not any(isinstance(event, Generated) for event in events):
        raise CommandError("no model could answer:\n  " + "\n  ".join(failures))
    for failure in failures:
        warn(failure)


def _with_policy(settings: Settings, policy: str | None) -> Settings:
    """Return the settings with another policy. Raises CommandError if it cannot be used."""
    if policy is None:
        return settings
    try:
        POLICY.parse(policy)
    except BadValue as problem:
        raise WrongUsage(f"--policy: {problem}; expected {POLICY.words}") from problem
    # A file is meant from where the command was typed, not from the settings' folder.
    name = policy if policy in POLICIES else str(Path(policy).expanduser().absolute())
    chosen = with_client_options(settings, {"policy": name})
    if chosen.policy_refusal:
        raise CommandError(f"--policy: {chosen.policy_refusal}")
    return chosen


def _policy(settings: Settings, options: CliOptions) -> Policy:
    policy = policy_of(settings)
    if unknown := [name for name in options.tiers if name not in settings.models]:
        known = ", ".join(settings.models)
        raise WrongUsage(f"there is no model {unknown[0]!r}; known models: {known}")
    return with_only_tiers(policy, options.tiers) if options.tiers else policy


def _refuse_private(file: Path, rules: FileRules) -> None:
    if reason := rules.refusal(file.absolute()):
        raise CommandError(f"{file}: {reason}; see `secrets` and `exclude` in the settings")
