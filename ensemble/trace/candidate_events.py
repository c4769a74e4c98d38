"""The events of candidates: asked for, written, and checked."""

from __future__ import annotations

from code_checks.verdict import Verdict
from ensemble.candidate import StopReason
from ensemble.trace.request_events import Event


class PromptBuilt(Event, frozen=True):
    """What a tier's model is about to be asked."""

    name = "context"
    tier: int
    model: str
    chunks: int
    """The pieces of other places that are in the prompt."""
    offered: int
    """The pieces that the request brought."""
    chars: dict[str, int]
    """Characters by the role of the prompt's pieces; `head` is the beginning of the line."""


class DecodingLeftOut(Event, frozen=True):
    """A decoding that only saves time cannot be had: the model writes alone."""

    name = "unpaired"
    tier: int
    model: str
    method: str
    """The decoding method, as the policy names it."""
    message: str
    """Why it cannot be had."""


class Generated(Event, frozen=True, kw_only=True, omit_defaults=True):
    """A tier's model has ended, or nobody waits for the rest."""

    name = "generated"
    tier: int
    model: str
    asked: int
    """Candidates asked for."""
    finished: int
    """Candidates that came to their end."""
    stops: tuple[StopReason, ...]
    """Why each candidate ends where it does."""
    prompt_tokens: int
    """The tokens of the prompt."""
    reused_tokens: int
    """The prompt's tokens that were in the cache."""
    computed_tokens: int
    """The prompt's other tokens."""
    generated_tokens: int
    """The tokens of all candidates together."""
    drafted_tokens: int | None = None
    """Tokens that another model or the prompt proposed; None without drafts."""
    accepted_tokens: int | None = None
    """Drafted tokens that were kept."""
    cut: dict[str, int]
    """How many pieces of each role did not fit the model's context."""
    ms: float
    """From the prompt to the last candidate."""


class Checked(Event, frozen=True, omit_defaults=True):
    """A candidate was trimmed to the hole and checked in place."""

    name = "checked"
    tier: int
    model: str
    branch: int
    """Its index among the candidates of this tier."""
    text: str
    """The beginning of what is left of it."""
    verdicts: tuple[Verdict, ...]
    """What each check said, in the order of the checks."""
    trimmed_from: str | None = None
    """The beginning of what the model wrote, where that is another text."""
    mean_logprob: float | None = None
    """The mean log-probability of a token; None where the model does not tell."""
    cut_short: StopReason | None = None
    """What ended it before the model did."""
    as_before: bool = False
    """Whether an equal text was checked before, whose verdicts these are."""
    unfinished: bool = False
    """Whether the model still writes it: this is how far it is at the deadline. Another event of
    the same branch follows when it has ended."""


CandidateEvent = PromptBuilt | DecodingLeftOut | Generated | Checked
