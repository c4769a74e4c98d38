"""What is said of a request while it is under way, and in the end."""

from __future__ import annotations

from ensemble.candidate import Usage
from ensemble.decision import (
    Finding,
    Ruling,
    completions,
    objection_to_showing,
    objection_to_showing_early,
)
from ensemble.facts import election_facts
from ensemble.policy import Policy
from ensemble.trace import Answer, Journal
from ensemble.vote import Election


class Announcer:
    """Turns elections into answers; remembers what the last one shows."""

    def __init__(self, policy: Policy, journal: Journal) -> None:
        self._policy = policy
        self._journal = journal
        self._on_display: tuple[str, ...] = ()

    def improves(self, election: Election) -> bool:
        """Tell whether an open election has something to show that is not shown yet."""
        if objection_to_showing_early(election, self._policy) is not None:
            return False
        texts = tuple(completion.text for completion in completions(election, self._policy))
        return texts != self._on_display

    def at_deadline(self, election: Election, usage: Usage) -> Answer:
        """Return what there is to show when the time is over."""
        objection = objection_to_showing_early(election, self._policy)
        self._journal.note("deadline", reason=objection or "", **election_facts(election))
        return self.answer(election if objection is None else None, usage)

    def conclude(self, election: Election, finding: Finding, tier: int, usage: Usage) -> Answer:
        """Return the last answer: decided by the tier asked last, the best of what was not, or
        nothing."""
        if finding.ruling is Ruling.DECIDED:
            self._journal.note("decided", tier=tier, reason=finding.reason)
            return self.answer(election, usage, decided=True, final=True)
        objection = objection_to_showing(election, self._policy)
        if finding.ruling is Ruling.SILENT or objection is not None:
            reason = finding.reason if finding.settles else objection
            self._journal.note("abstained", reason=reason)
            return self.answer(None, usage, decided=finding.settles, final=True)
        return self.answer(election, usage, final=True)

    def answer(
        self,
        election: Election | None,
        usage: Usage,
        *,
        decided: bool = False,
        final: bool = False,
    ) -> Answer:
        """Return an answer that shows an election's groups, or nothing."""
        show = completions(election, self._policy) if election else ()
        self._on_display = tuple(completion.text for completion in show)
        if final:
            self._journal.note("finished", shown=len(show), decided=decided)
        return Answer(
            completions=show,
            trace=self._journal.steps,
            usage=usage,
            elapsed_ms=self._journal.elapsed_ms,
            decided=decided,
            final=final,
        )
