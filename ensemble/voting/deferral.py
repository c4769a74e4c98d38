"""The rules by which an election settles a request: decide, wait, escalate, show or abstain."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ensemble.policy.policy import Policy, Route, Tier
from ensemble.trace.trace import Completion
from ensemble.voting.vote import TESTS, Election


class Ruling(StrEnum):
    """What an election means for the tier that asked."""

    DECIDED = "decided"
    SILENT = "silent"  # A quorum says that nothing belongs into the hole.
    HOPELESS = "hopeless"  # They agree so little that asking larger models is not worth it.
    WAIT = "wait"  # Candidates that have not finished may still settle it.
    ESCALATE = "escalate"


@dataclass(frozen=True, slots=True)
class Decision:
    """A ruling and the reason for it, in words."""

    ruling: Ruling
    reason: str

    @property
    def open(self) -> bool:
        return self.ruling is Ruling.WAIT

    @property
    def settles(self) -> bool:
        return self.ruling in (Ruling.DECIDED, Ruling.SILENT, Ruling.HOPELESS)


def decide(election: Election, route: Route, number: int, policy: Policy) -> Decision:
    """Say whether the tier with this index has decided, or whether waiting for the rest may help.

    A tier decides as soon as no unfinished candidate can change the winner or take its quorum away.
    It gives up as soon as no text can reach the quorum any more; the last tier only when none can
    even reach the policy's minimum. A tier that may not decide never gives up either: its
    candidates all vote, and the policy's minimum judges. Where visible tests judge, what has passed
    them decides for any other tier, however many agree with it.
    """
    tier = route.tiers[number]
    if route.judged and tier.decides:
        if election.winner is not None and election.winner.tested:
            return Decision(Ruling.DECIDED, election.winner.said_by(TESTS))
        if election.outstanding:
            return Decision(Ruling.WAIT, "nothing has passed the tests yet")
    top, silence = _top(election), election.silence if route.accept_silence else 0.0
    objection = _objection_to_deciding(election, tier, policy)
    if objection is None and silence > top:
        objection = "more votes are for silence"
    if objection is None and not _overtakable(election, silence):
        return Decision(Ruling.DECIDED, f"agreement {election.share:.2f}")
    silent = tier.decides and election.silence_share >= tier.quorum
    if silent and silence > top + election.outstanding:
        return Decision(Ruling.SILENT, f"{election.silence_share:.2f} of the votes are for silence")
    last = number == len(route.tiers) - 1
    needed = min(tier.quorum, policy.minimum_agreement) if last else tier.quorum
    reachable = election.share_of(max(top, silence) + election.outstanding) >= needed
    hopeful = last or election.share_of(top) >= tier.abstain
    if election.outstanding and (not tier.decides or reachable or not hopeful):
        return Decision(Ruling.WAIT, objection or "another text may still overtake the first")
    most = election.share_of(top + election.outstanding)
    if election.winner is not None and not last and most < tier.abstain:
        return Decision(Ruling.HOPELESS, f"agreement {most:.2f} is below {tier.abstain:.2f}")
    return Decision(Ruling.ESCALATE, objection or "")


def objection_to_showing(election: Election, policy: Policy) -> str | None:
    """Return why the winner must not be shown when all tiers have been asked, or None."""
    return _objection(
        election, election.share, policy.minimum_agreement, policy.minimum_confidence, policy
    )


def objection_to_showing_early(election: Election, policy: Policy) -> str | None:
    """Return why the winner must not be shown while the vote is still open, or None.

    Those who have not finished are not held against it, but then either a check must have passed
    it or two candidates must agree on it.
    """
    winner = election.winner
    objection = _objection(
        election, election.agreement, policy.minimum_agreement, policy.minimum_confidence, policy
    )
    if objection is None and winner and not winner.verified and len(election.groups[0].ballots) < 2:
        return "unverified, and nobody agrees yet"
    return objection


def completions(election: Election, policy: Policy) -> tuple[Completion, ...]:
    """Return the winner and the runners-up that may be offered beside it, best first."""
    return tuple(
        Completion(
            text=group.speaker.text,
            model=group.speaker.candidate.model,
            tier=group.speaker.tier,
            share=election.share_of(group.weight),
            mean_logprob=group.speaker.candidate.mean_logprob,
            verdicts=group.speaker.verdicts,
        )
        for group in election.groups
        if group.speaker.verified or not policy.verified_only
    )


def _objection(
    election: Election, share: float, agreement: float, confidence: float, policy: Policy
) -> str | None:
    winner = election.winner
    if winner is None and not election.cast:
        return "no candidate finished"
    if winner is None:
        return "no candidate passed the checks" if election.cast > election.silence else "silence"
    if policy.verified_only and not winner.verified:
        return "no check could pass it"
    if winner.tested and agreement <= 1:
        return None
    if share < agreement:
        return f"agreement {share:.2f} is below {agreement:.2f}"
    if winner.confidence < confidence:
        return f"confidence {winner.confidence:.2f} is below {confidence:.2f}"
    return None


def _objection_to_deciding(election: Election, tier: Tier, policy: Policy) -> str | None:
    if not tier.decides:
        return "its candidates only vote"
    objection = _objection(election, election.share, tier.quorum, tier.confidence, policy)
    return objection or _too_long(election, tier)


def _too_long(election: Election, tier: Tier) -> str | None:
    """Return that the winner is too long for a tier's word to be enough, or None."""
    winner = election.winner
    if tier.longest is None or winner is None or winner.tested:
        return None
    length = election.groups[0].length
    return f"untested, and {length} characters long" if length > tier.longest else None


def _top(election: Election) -> float:
    return max((group.weight for group in election.groups), default=0.0)


def _overtakable(election: Election, silence: float) -> bool:
    top = election.groups[0].score if election.groups else 0.0
    second = max((group.weight for group in election.groups[1:]), default=0.0)
    return 0 < election.outstanding >= top - max(second, silence)
