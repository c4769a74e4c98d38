"""The router: what a request may spend, before any model has been asked."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from code_checks.hole import Extent, Hole
from code_checks.text.before_closer import is_before_closer
from code_checks.text.extent import natural_extent
from code_checks.trees.functions import fills_body
from ensemble.policy.policy import Policy, Route, Tier
from ensemble.request import CompletionRequest, Trigger
from ensemble.routing.choice import choose, is_explored
from ensemble.routing.hole_features import hole_features
from ensemble.routing.skills import experts_first, wanted_skills
from ensemble.voting.vote import TESTS

_MAX_TOKENS = {
    Trigger.AUTOMATIC: {Extent.LINE: 40, Extent.BLOCK: 96, Extent.FUNCTION: 512},
    Trigger.INVOKED: {Extent.LINE: 160, Extent.BLOCK: 256, Extent.FUNCTION: 512},
}


def route(
    request: CompletionRequest, policy: Policy, seconds: Mapping[str, float] | None = None
) -> Route:
    """Decide which tiers, extent, checks and tokens a request gets in the time that it has.

    An automatic request is quick: a line, or a block where the hole plainly opens one; it starts at
    the smallest tier and a quorum for silence ends it. An invoked one may think: more tokens, and
    silence of the small model sends it on to the larger one. Asked for in a function that has no
    body yet, it is the whole body, and tests may judge it; nothing is run while somebody types.
    What the request states itself (samples, tiers, extent) overrides this.

    Models with a fitting skill come first. A policy with a learned router begins at the tier that
    this advises, or leaves the request unanswered; `seconds` is what each model took lately.
    Without what it has learned, it begins at the first. Pure.
    """
    whole = _wants_body(request.hole, request.trigger, request.extent)
    extent = extent_of(request.hole, request.trigger, request.extent)
    tested = whole or (request.trigger is Trigger.INVOKED and extent in policy.tested_extents)
    tiers, advice = _advised(request, policy, extent, seconds or {})
    return Route(
        tiers=tiers,
        extent=extent,
        gates=policy.gates
        if tested and request.may_run
        else tuple(g for g in policy.gates if g != TESTS),
        deadline=request.deadline,
        max_tokens=_max_tokens(request, extent),
        reason="; ".join(part for part in (_reason(request), *advice) if part),
        accept_silence=request.trigger is Trigger.AUTOMATIC,
    )


def extent_of(hole: Hole, trigger: Trigger, stated: Extent | None = None) -> Extent:
    """Return how much is asked for: what a request states, or what its hole implies. Pure."""
    if stated is not None:
        return stated
    if _wants_body(hole, trigger, stated):
        return Extent.FUNCTION
    natural = natural_extent(hole)
    quick = trigger is Trigger.AUTOMATIC
    return Extent.BLOCK if quick and natural is Extent.FUNCTION else natural


def _max_tokens(request: CompletionRequest, extent: Extent) -> int:
    """Return how long a text may be; what is opened before a closing bracket is a block."""
    if extent is Extent.LINE and is_before_closer(request.hole):
        extent = Extent.BLOCK
    return _MAX_TOKENS[request.trigger][extent]


def _wants_body(hole: Hole, trigger: Trigger, stated: Extent | None) -> bool:
    """Tell whether somebody wants a function's whole body, in so many words or by where the hole
    is."""
    if trigger is not Trigger.INVOKED or stated is Extent.LINE:
        return False
    return stated is Extent.FUNCTION or fills_body(hole)


def _advised(
    request: CompletionRequest,
    policy: Policy,
    extent: Extent,
    seconds: Mapping[str, float],
) -> tuple[tuple[Tier, ...], tuple[str, ...]]:
    """Return the tiers to ask, experts first or as the learned router advises, and why.

    Tiers that the request names are asked as it names them.
    """
    tiers = _tiers(request, policy)
    if request.tiers is not None:
        return tiers, ()
    expertise = ""
    if policy.skills:
        wanted = wanted_skills(request.hole, request.path)
        tiers, expertise = experts_first(tiers, policy.skills, wanted)
    if policy.router is None:
        return tiers, (expertise,)
    choice = choose(
        policy.router,
        hole_features(request.hole, request.trigger, extent),
        [tier.model for tier in tiers],
        seconds=seconds,
        budget=request.deadline,
        may_be_silent=request.trigger is Trigger.AUTOMATIC and not is_explored(request.hole),
    )
    if choice is None:
        return tiers, (expertise,)
    return tuple(tiers[index] for index in choice.order), (expertise, choice.reason)


def _tiers(request: CompletionRequest, policy: Policy) -> tuple[Tier, ...]:
    """Return the policy's tiers, or those that the request names, in the order in which it names
    them; a model that the policy does not know gets a tier with the defaults."""
    tiers = policy.tiers
    if request.tiers is not None:
        known = {tier.model: tier for tier in reversed(policy.tiers)}
        tiers = tuple(known.get(name, Tier(name)) for name in request.tiers)
    if request.samples is None:
        return tiers
    return tuple(msgspec.structs.replace(tier, samples=request.samples) for tier in tiers)


def _reason(request: CompletionRequest) -> str:
    stated = [name for name in ("samples", "tiers", "extent") if getattr(request, name) is not None]
    manner = "quick" if request.trigger is Trigger.AUTOMATIC else "thorough"
    overridden = f"; stated: {', '.join(stated)}" if stated else ""
    return f"{request.trigger.value}: {manner}{overridden}"
