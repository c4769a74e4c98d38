"""Ballots for tests, said briefly."""

from __future__ import annotations

from code_checks.verdict import Outcome, Verdict
from ensemble.candidate import Candidate
from ensemble.voting.vote import Ballot


def ballot(
    text: str,
    *,
    model: str = "small",
    outcome: Outcome | None = Outcome.PASS,
    confidence: float | None = None,
    weight: float = 1.0,
    tier: int = 0,
    branch: int = 0,
    key: str | None = None,
) -> Ballot:
    """Return a ballot for a text, whose key is its folded text unless one is given."""
    logprobs = () if confidence is None else (confidence,)
    return Ballot(
        candidate=Candidate(text, model, logprobs, branch=branch),
        text=text,
        key=" ".join(text.split()) if key is None else key,
        verdicts=() if outcome is None else (Verdict("syntax", outcome),),
        weight=weight,
        tier=tier,
    )
