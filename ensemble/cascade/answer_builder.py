"""What is said of a request while it is under way, and in the end."""

from __future__ import annotations

from ensemble.candidate import Usage
from ensemble.cascade.event_builders import deadline_reached
from ensemble.policy.policy import Policy
from ensemble.reward.explanation import rewarded_groups
from ensemble.reward.reranking import Reranked, Reranker
from ensemble.trace import Answer, Journal
from ensemble.trace_events import Abstained, Decided, Finished
from ensemble.vote_events import Rewarded, RewardUnusable
from ensemble.voting.deferral import (
    Decision,
    Ruling,
    completions,
    objection_to_showing,
    objection_to_showing_early,
)
from ensemble.voting.vote import Election


class AnswerBuilder:
    """Turns elections into answers; remembers what the last one shows.

    Where the vote has not decided, the weigher says in which order candidates stand; it always says
    whether the first of them is worth showing.
    """

    def __init__(self, policy: Policy, journal: Journal, weigher: Reranker) -> None:
        self._policy = policy
        self._journal = journal
        self._weigher = weigher
        self._on_display: tuple[str, ...] = ()

    def improves(self, election: Election) -> bool:
        """Tell whether an open election has something to show that is not shown yet."""
        weighed = self._weigher.weighed(election)
        if self._objection_early(weighed) is not None:
            return False
        shown = completions(weighed.reordered, self._policy)
        return tuple(completion.text for completion in shown) != self._on_display

    def open_answer(self, election: Election, usage: Usage) -> Answer:
        """Return an answer that shows what stands first in an open election."""
        weighed = self._weigher.weighed(election)
        return self._answer(weighed, weighed.reordered, usage)

    def at_deadline(self, election: Election, usage: Usage) -> Answer:
        """Return what there is to show when the time is over."""
        weighed = self._weigher.weighed(election)
        objection = self._objection_early(weighed)
        self._note(weighed)
        self._journal.note(deadline_reached(objection or "", election))
        return self._answer(weighed, weighed.reordered if objection is None else None, usage)

    def conclude(self, election: Election, finding: Decision, tier: int, usage: Usage) -> Answer:
        """Return the last answer: decided by the tier asked last, the best of what was not, or
        nothing."""
        decided = finding.ruling is Ruling.DECIDED
        weighed = self._weigher.weighed(election)
        show = election if decided else weighed.reordered
        self._note(weighed)
        if decided:
            self._journal.note(Decided(tier, finding.reason))
            objection = self._weigher.objection(weighed, show)
        elif finding.settles:
            objection = finding.reason
        else:
            objection = objection_to_showing(show, self._policy)
            objection = objection or self._weigher.objection(weighed, show)
        if objection is not None:
            self._journal.note(Abstained(objection))
            return self._answer(weighed, None, usage, decided=finding.settles, final=True)
        return self._answer(weighed, show, usage, decided=decided, final=True)

    def _objection_early(self, weighed: Reranked) -> str | None:
        show = weighed.reordered
        objection = objection_to_showing_early(show, self._policy)
        return objection or self._weigher.objection(weighed, show)

    def _note(self, weighed: Reranked) -> None:
        """Write down what the candidates are worth, or why nobody can say so."""
        if self._weigher.refusal:
            self._journal.note(RewardUnusable(self._weigher.refusal))
        elif weighed.judgments:
            self._journal.note(Rewarded(rewarded_groups(weighed)))

    def _answer(
        self,
        weighed: Reranked,
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
            self._journal.note(Finished(len(show), decided))
        return Answer(
            completions=show,
            trace=self._journal.steps,
            usage=usage,
            elapsed_ms=self._journal.elapsed_ms,
            decided=decided,
            final=final,
            features=tuple(weighed.features[completion.text] for completion in show),
        )
