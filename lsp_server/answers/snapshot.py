"""What an editor asked, as an immutable snapshot."""

from __future__ import annotations

from dataclasses import dataclass

from code_checks.hole import Hole
from code_checks.verdict import Outcome
from ensemble.request import Trigger
from ensemble.trace import Completion
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


def is_verified(completion: Completion) -> bool:
    """Whether some check passed a completion and none failed it."""
    outcomes = {verdict.outcome for verdict in completion.verdicts}
    return Outcome.PASS in outcomes and Outcome.FAIL not in outcomes
