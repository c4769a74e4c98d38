"""What a trace says of routes and elections, in JSON's terms."""

from __future__ import annotations

from math import isinf
from typing import Any

from ensemble.policy.policy import Route
from ensemble.trace import shortened
from ensemble.voting.vote import Election, Group


def route_facts(route: Route) -> dict[str, Any]:
    """Return what the request may spend, and why."""
    return {
        "tiers": [{"model": tier.model, "samples": tier.samples} for tier in route.tiers],
        "extent": route.extent.value,
        "gates": list(route.gates),
        "deadline_ms": None if isinf(route.deadline) else round(route.deadline * 1000),
        "max_tokens": route.max_tokens,
        "reason": route.reason,
    }


def election_facts(election: Election) -> dict[str, Any]:
    """Return who stood for what, the strongest group first, and what stood against it."""
    return {
        "share": round(election.share, 4),
        "groups": [_group_facts(group) for group in election.groups],
        "silence": election.silence,
        "cast": election.cast,
        "outstanding": election.outstanding,
    }


def _group_facts(group: Group) -> dict[str, Any]:
    return {
        "text": shortened(group.speaker.text),
        "weight": group.weight,
        "votes": len(group.ballots),
        "models": sorted({ballot.candidate.model for ballot in group.ballots}),
    }
