"""An action ordered for a line of a file, and how its proposal is waited for."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from ensemble.cascade.completer import Completer
from ensemble.code_actions.proposal import ActionRequest, Proposal
from ensemble.trace.trace import Journal
from lsp_server.answers.build_engines import build_engines
from lsp_server.code_actions.carry_out import carry_out
from lsp_server.code_actions.catalog import Action, action_named
from lsp_server.commands.completion.cli_document import CliDocument
from lsp_server.commands.completion.cli_request import EngineBuilder, Warn, report_failures
from lsp_server.commands.completion.position import FilePosition


@dataclass(frozen=True, slots=True)
class CliOrder:
    """An order for a place in a file, with the settings and the policy that hold there."""

    document: CliDocument
    """The file."""
    action: Action
    """What is to be done."""
    request: ActionRequest
    """What an editor would order there."""

    @classmethod
    def at(cls, action: str, target: str, tiers: tuple[str, ...], policy: str | None) -> CliOrder:
        """Read FILE:LINE and everything it implies, for the action of this name. Raises
        CommandError."""
        known = action_named(action)
        assert known is not None, action
        position = FilePosition.parse_line(target)
        document = CliDocument.read(position.file, tiers, policy)
        offset = len(document.hole_at(position).prefix)
        request = document.limits.action(document.uri, document.language, document.source, offset)
        return cls(document, known, request)

    def carried_out(self, warn: Warn, build: EngineBuilder = build_engines) -> Proposal:
        """Have the work done. Raises CommandError if no model could be used that was needed."""
        return asyncio.run(self._carried_out(warn, build))

    async def _carried_out(self, warn: Warn, build: EngineBuilder) -> Proposal:
        # No model is loaded before the work asks it: much of it needs none.
        policy = self.document.policy
        completer = Completer(build(self.document.settings, policy.models), policy)
        try:
            proposal = await carry_out(self.action, self.request, lambda: completer, Journal())
        finally:
            await completer.close()
        report_failures(proposal.answer, warn)
        return proposal
