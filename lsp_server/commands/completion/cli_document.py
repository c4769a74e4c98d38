"""A file named on the command line, with the settings, the policy and the limits it has."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from code_checks.hole import Hole
from code_checks.languages import language_of_path
from ensemble.file_rules import FileRules
from ensemble.policy.policy import Policy
from lsp_server.answers.build_engines import policy_of, with_only_tiers
from lsp_server.answers.request_limits import RequestLimits
from lsp_server.commands.command_errors import CommandError, WrongUsage
from lsp_server.commands.completion.position import FilePosition, read_source
from lsp_server.settings import consent
from lsp_server.settings.folders import Folder
from lsp_server.settings.kinds import POLICIES, POLICY, BadValue
from lsp_server.settings.layers import Settings, with_client_options
from lsp_server.settings.project import Project


@dataclass(frozen=True, slots=True)
class CliDocument:
    """A file as the server would see it, if an editor had opened it."""

    file: Path
    """The file, as it was typed."""
    language: str
    """An LSP identifier."""
    source: str
    """The file's whole text, with the line ends that it has."""
    settings: Settings
    """The user's settings, tightened by those of the file's project."""
    policy: Policy
    """How models are asked."""
    limits: RequestLimits
    """What a request may see and cost."""

    @classmethod
    def read(cls, file: Path, tiers: tuple[str, ...], policy: str | None) -> CliDocument:
        """Read a file and what holds for it. `tiers` and `policy` take the place of those that
        the settings name, unless they are empty and None. Raises CommandError."""
        project = Project.of(file)
        settings = _with_policy(project.settings(), policy)
        chosen = _policy(settings, tiers)
        rules = FileRules(project.root, exclude=settings.exclude, secrets=settings.secrets)
        _refuse_private(file, rules)
        limits = RequestLimits.of(Folder(project.root, settings, rules), file.absolute())
        return cls(
            file=file,
            language=language_of_path(file.name),
            source=read_source(file),
            settings=settings,
            policy=chosen,
            # A folder that is no project has a name that tells the models nothing.
            limits=replace(limits, repository=project.repository),
        )

    @property
    def uri(self) -> str:
        """What an editor would call the document."""
        return self.file.absolute().as_uri()

    def hole_at(self, position: FilePosition) -> Hole:
        """Return the hole at a position. Raises CommandError if there is no such position, or the
        settings want nothing suggested there."""
        hole = Hole.at(self.language, self.source, position.offset_in(self.source))
        if reason := consent.refusal(self.settings, hole):
            raise CommandError(f"{self.file}: {reason}")
        return hole


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


def _policy(settings: Settings, tiers: tuple[str, ...]) -> Policy:
    policy = policy_of(settings)
    if unknown := [name for name in tiers if name not in settings.models]:
        known = ", ".join(settings.models)
        raise WrongUsage(f"there is no model {unknown[0]!r}; known models: {known}")
    return with_only_tiers(policy, tiers) if tiers else policy


def _refuse_private(file: Path, rules: FileRules) -> None:
    if reason := rules.refusal(file.absolute()):
        raise CommandError(f"{file}: {reason}; see `secrets` and `exclude` in the settings")
