"""What a trace says of routes, of tests, and of the count of votes."""

from __future__ import annotations

from math import isinf

from code_checks.execution.run_tests import RunReport
from code_checks.execution.unit_test import Origin
from ensemble.policy.policy import Route
from ensemble.trace.request_events import Routed, RoutedTier
from ensemble.trace.testing_events import FailedTest, GeneratedTestsRun, RunRefused, VisibleTestsRun
from ensemble.trace.trace import shortened
from ensemble.trace.vote_events import DeadlineReached, Voted, VoteGroup
from ensemble.voting.vote import Election, Group


def routed(route: Route) -> Routed:
    """Return what the request may spend, and why."""
    return Routed(
        tiers=tuple(RoutedTier(tier.model, tier.samples) for tier in route.tiers),
        extent=route.extent,
        gates=route.gates,
        deadline_ms=None if isinf(route.deadline) else round(route.deadline * 1000),
        max_tokens=route.max_tokens,
        reason=route.reason,
    )


def tested(
    text: str, report: RunReport, index: int
) -> VisibleTestsRun | GeneratedTestsRun | RunRefused:
    """Return which tests a text passed, and how it failed the others."""
    if report.refusal:
        return RunRefused(text, report.refusal)
    pairs = list(zip(report.tests, report.outcomes[index], strict=True))
    passed = tuple(test.label for test, outcome in pairs if outcome.passed)
    if report.tests and report.tests[0].origin is Origin.GENERATED:
        # Hundreds of them would make the trace unreadable.
        return GeneratedTestsRun(text, generated=len(pairs), passed=len(passed))
    failed = tuple(
        FailedTest(test.label, outcome.ending, outcome.detail)
        for test, outcome in pairs
        if not outcome.passed
    )
    return VisibleTestsRun(text, passed, failed)


def voted(tier: int, election: Election) -> Voted:
    """Return what the count says when a tier has spoken."""
    return Voted(tier, *_count(election))


def deadline_reached(reason: str, election: Election) -> DeadlineReached:
    """Return what the count says at the deadline; `reason` is why nothing is shown, or ""."""
    return DeadlineReached(reason, *_count(election))


def _count(election: Election) -> tuple[float, tuple[VoteGroup, ...], float, float, float]:
    return (
        round(election.share, 4),
        tuple(_group(group) for group in election.groups),
        election.silence,
        election.cast,
        election.outstanding,
    )


def _group(group: Group) -> VoteGroup:
    models = {ballot.candidate.model for ballot in group.ballots}
    return VoteGroup(
        text=shortened(group.speaker.text),
        weight=group.weight,
        votes=len(group.ballots),
        models=tuple(sorted(models)),
    )
