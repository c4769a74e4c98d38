"""What an editor asked, as an immutable snapshot."""

from __future__ import annotations

from dataclasses import dataclass

from code_checks.hole import Hole
from code_checks.verdict import Outcome
from ensemble.request import Trigger
from ensemble.trace.trace import Completion
from lsp_server.documents.document import Place


@dataclass(frozen=True, slots=True)
class Span:
    """Where a text goes in."""

    start: Place
    """The first place that the text replaces."""
    end: Place
    """The place behind the last that it replaces; equal to `start` where it is only inserted."""
    head: str = ""
    """The typed or selected text with which every inserted text begins; the hole follows it."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A request for completions."""

    uri: str
    version: int
    """The document's version of which `hole` and `span` are."""
    hole: Hole
    span: Span
    trigger: Trigger


def is_verified(completion: Completion) -> bool:
    """Whether some check passed a completion and none failed it."""
    outcomes = {verdict.outcome for verdict in completion.verdicts}
    return Outcome.PASS in outcomes and Outcome.FAIL not in outcomes
