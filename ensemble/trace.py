"""What happened on the way to an answer, in order."""

from __future__ import annotations

from typing import Any

import msgspec

from code_checks.verdict import Verdict
from ensemble.candidate import Usage


class Step(msgspec.Struct, frozen=True):
    """One thing that happened: `event` at `ms` after the request, with its facts.

    Events: route, context, generated, trimmed, checked, voted, decided, escalated, abstained,
    engine_failed, deadline, finished, remembered.
    """

    ms: float
    event: str
    facts: dict[str, Any] = {}


class Completion(msgspec.Struct, frozen=True):
    """A text that may be shown: what goes in at the cursor, and why one may believe it."""

    text: str
    model: str
    tier: int
    share: float
    mean_logprob: float | None
    verdicts: tuple[Verdict, ...] = ()


class Answer(msgspec.Struct, frozen=True):
    """Completions to show, best first, and how they came about.

    `decided`: a quorum agreed on something that passed, so nobody need wait any longer.
    `final`: no better answer to this request will follow.
    """

    completions: tuple[Completion, ...] = ()
    trace: tuple[Step, ...] = ()
    usage: Usage = Usage()
    elapsed_ms: float = 0.0
    decided: bool = False
    final: bool = False
