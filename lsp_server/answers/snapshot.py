"""What an editor asked, as an immutable snapshot, and on which terms it may be answered."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec

from code_checks.hole import Hole
from code_checks.trees.functions import fills_body
from code_checks.verdict import Outcome
from ensemble.file_rules import FileRules
from ensemble.request import Chunk, CompletionRequest, Trigger
from ensemble.trace import Answer, Completion
from lsp_server.documents.document import Place


@dataclass(frozen=True, slots=True)
class Span:
    """Where a text goes in: between two places of the document, beginning with `head`."""

    start: Place
    end: Place
    head: str = ""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A request for completions; `hole` and `span` are of the document's `version`."""

    uri: str
    version: int
    hole: Hole
    span: Span
    trigger: Trigger


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """What a request may see and cost, and what of its answer may be shown.

    `automatic`, `invoked` and, for a function's whole body that was asked for, `function` are
    deadlines in seconds. `may_run` says whether tests may be run, `rules` which of the workspace's
    files may be read for that, and `packages` are folders with what they may import. `around`
    is what belongs before and after the document although it is not in it: other cells of its
    notebook. `refusal` is the reason for which nothing may be asked at all, or "".
    """

    automatic: float = 0.25
    invoked: float = 3.0
    function: float = 30.0
    path: str = ""
    repository: str = ""
    chunks: tuple[Chunk, ...] = ()
    max_lines: int = 8
    minimum_agreement: float = 0.0
    verified_only: bool = False
    may_run: bool = True
    rules: FileRules | None = None
    packages: tuple[Path, ...] = ()
    around: tuple[str, str] = ("", "")
    refusal: str = ""

    def deadline(self, hole: Hole, trigger: Trigger) -> float:
        """Return the seconds after which the best answer there is goes out."""
        if trigger is Trigger.AUTOMATIC:
            return self.automatic
        return self.function if fills_body(hole) else self.invoked

    def whole(self, hole: Hole) -> Hole:
        """Return a hole of the document as one of everything that the document belongs to."""
        before, after = self.around
        return Hole(hole.language, before + hole.prefix, hole.suffix + after)

    def request(
        self, uri: str, hole: Hole, trigger: Trigger, deadline: float | None = None
    ) -> CompletionRequest:
        """Return what the completer is asked."""
        return CompletionRequest(
            hole=self.whole(hole),
            path=self.path,
            document=uri,
            repository=self.repository,
            trigger=trigger,
            chunks=self.chunks,
            deadline=deadline or self.deadline(hole, trigger),
            max_lines=self.max_lines,
            may_run=self.may_run,
            rules=self.rules,
            packages=self.packages,
        )

    def permitted(self, answer: Answer) -> Answer:
        """Return the answer without what may not be shown here.

        The completer has the user's thresholds; a workspace's own, which are stricter, hold too.
        """
        shown = answer.completions
        if self.verified_only:
            shown = tuple(completion for completion in shown if is_verified(completion))
        # As in the policy, the agreement is the winner's; runners-up may be offered beside it.
        if shown and not answer.decided and shown[0].share < self.minimum_agreement:
            shown = ()
        return msgspec.structs.replace(answer, completions=shown)


def is_verified(completion: Completion) -> bool:
    """Whether some check passed a completion and none failed it."""
    outcomes = {verdict.outcome for verdict in completion.verdicts}
    return Outcome.PASS in outcomes and Outcome.FAIL not in outcomes
