"""What a request is answered, while it is under way and in the end."""

from __future__ import annotations

from ensemble.candidate import Usage
from ensemble.cascade.event_builders import deadline_reached
from ensemble.policy.policy import Policy
from ensemble.reward.explanation import rewarded_groups
from ensemble.reward.reranking import Reranked, Reranker
from ensemble.trace.request_events import Abstained, Decided, Finished
from ensemble.trace.trace import Answer, Journal
from ensemble.trace.vote_events import Rewarded, RewardUnusable
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

    Where the vote has not decided, the reranker puts the candidates in order; it always says
    whether the first of them is worth showing.
    """

    def __init__(self, policy: Policy, journal: Journal, reranker: Reranker) -> None:
        self._policy = policy
        self._journal = journal
        self._reranker = reranker
        self._on_display: tuple[str, ...] = ()

    def improves(self, election: Election) -> bool:
        """Tell whether an open election has something to show that is not shown yet."""
        reranked = self._reranker.weighed(election)
        if self._objection_early(reranked) is not None:
            return False
        shown = completions(reranked.reordered, self._policy)
        return tuple(completion.text for completion in shown) != self._on_display

    def open_answer(self, election: Election, usage: Usage) -> Answer:
        """Return an answer that shows what stands first in an open election."""
        reranked = self._reranker.weighed(election)
        return self._answer(reranked, reranked.reordered, usage)

    def at_deadline(self, election: Election, usage: Usage) -> Answer:
        """Return what there is to show when the time is over."""
        reranked = self._reranker.weighed(election)
        objection = self._objection_early(reranked)
        self._note(reranked)
        self._journal.note(deadline_reached(objection or "", election))
        return self._answer(reranked, reranked.reordered if objection is None else None, usage)

    def conclude(self, election: Election, decision: Decision, tier: int, usage: Usage) -> Answer:
        """Return the last answer: decided by the tier asked last, the best of what was not, or
        nothing."""
        decided = decision.ruling is Ruling.DECIDED
        reranked = self._reranker.weighed(election)
        show = election if decided else reranked.reordered
        self._note(reranked)
        if decided:
            self._journal.note(Decided(tier, decision.reason))
            objection = self._reranker.objection(reranked, show)
        elif decision.settles:
            objection = decision.reason
        else:
            objection = objection_to_showing(show, self._policy)
            objection = objection or self._reranker.objection(reranked, show)
        if objection is not None:
            self._journal.note(Abstained(objection))
            return self._answer(reranked, None, usage, decided=decision.settles, final=True)
        return self._answer(reranked, show, usage, decided=decided, final=True)

    def _objection_early(self, reranked: Reranked) -> str | None:
        show = reranked.reordered
        objection = objection_to_showing_early(show, self._policy)
        return objection or self._reranker.objection(reranked, show)

    def _note(self, reranked: Reranked) -> None:
        """Write down what the candidates are worth, or why nobody can say so."""
        if self._reranker.refusal:
            self._journal.note(RewardUnusable(self._reranker.refusal))
        elif reranked.judgments:
            self._journal.note(Rewarded(rewarded_groups(reranked)))

    def _answer(
        self,
        reranked: Reranked,
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
            features=tuple(reranked.features[completion.text] for completion in show),
        )
