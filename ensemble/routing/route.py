"""The router: what a request may spend, before any model has been asked."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from code_checks.hole import Extent
from code_checks.text.extent import natural_extent
from code_checks.trees.functions import fills_body
from ensemble.policy.policy import Policy, Route, Tier
from ensemble.request import CompletionRequest, Trigger
from ensemble.routing.choice import choose, is_explored
from ensemble.routing.hole_features import hole_features
from ensemble.routing.skills import experts_first, wanted_skills
from ensemble.voting.vote import TESTS

_DEADLINES = {Trigger.AUTOMATIC: 0.25, Trigger.INVOKED: 3.0}
_FUNCTION_DEADLINE = 30.0
_MAX_TOKENS = {
    Trigger.AUTOMATIC: {Extent.LINE: 40, Extent.BLOCK: 96, Extent.FUNCTION: 512},
    Trigger.INVOKED: {Extent.LINE: 160, Extent.BLOCK: 256, Extent.FUNCTION: 512},
}


def route(
    request: CompletionRequest, policy: Policy, seconds: Mapping[str, float] | None = None
) -> Route:
    """Decide which tiers, extent, checks, tokens and time a request gets.

    An automatic request is quick: a line, or a block where the hole plainly opens one, within a
    quarter of a second; it starts at the smallest tier and a quorum for silence ends it. An invoked
    one may think: more tokens, 3 s, 30 s for a whole function, and silence of the small model sends
    it on to the larger one. Asked for in a function that has no body yet, it is the whole body, and
    tests may judge it; nothing is run while somebody types. What the request states itself
    (samples, tiers, extent, deadline) overrides this.

    Models with a fitting skill come first. A policy with a learned router begins at the tier that
    this advises, or leaves the request unanswered; `seconds` is what each model took lately.
    Without what it has learned, it begins at the first. Pure.
    """
    whole = request.trigger is Trigger.INVOKED and _wants_body(request)
    extent = extent_of(request)
    tested = whole or (request.trigger is Trigger.INVOKED and extent in policy.tested_extents)
    deadline = _deadline(request, extent)
    tiers, advice = _advised(request, policy, extent, deadline, seconds or {})
    return Route(
        tiers=tiers,
        extent=extent,
        gates=policy.gates
        if tested and request.may_run
        else tuple(g for g in policy.gates if g != TESTS),
        deadline=deadline,
        max_tokens=_MAX_TOKENS[request.trigger][extent],
        reason="; ".join(part for part in (_reason(request), *advice) if part),
        accept_silence=request.trigger is Trigger.AUTOMATIC,
    )


def extent_of(request: CompletionRequest) -> Extent:
    """Return how much a request asks for: what it says, or what its hole implies. Pure."""
    whole = request.trigger is Trigger.INVOKED and _wants_body(request)
    return request.extent or (Extent.FUNCTION if whole else _extent(request))


def _wants_body(request: CompletionRequest) -> bool:
    """Tell whether a function's whole body is wanted, in so many words or by where the hole is."""
    return request.extent is Extent.FUNCTION or (
        request.extent is not Extent.LINE and fills_body(request.hole)
    )


def _extent(request: CompletionRequest) -> Extent:
    natural = natural_extent(request.hole)
    quick = request.trigger is Trigger.AUTOMATIC
    return Extent.BLOCK if quick and natural is Extent.FUNCTION else natural


def _advised(
    request: CompletionRequest,
    policy: Policy,
    extent: Extent,
    deadline: float,
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
        budget=deadline,
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
        known = {tier.model: tier for tier in policy.tiers}
        tiers = tuple(known.get(name, Tier(name)) for name in request.tiers)
    if request.samples is None:
        return tiers
    return tuple(msgspec.structs.replace(tier, samples=request.samples) for tier in tiers)


def _deadline(request: CompletionRequest, extent: Extent) -> float:
    if request.deadline is not None:
        return request.deadline
    if extent is Extent.FUNCTION and request.trigger is Trigger.INVOKED:
        return _FUNCTION_DEADLINE
    return _DEADLINES[request.trigger]


def _reason(request: CompletionRequest) -> str:
    stated = [
        name for name in ("samples", "tiers", "extent", "deadline")
        if getattr(request, name) is not None
    ]  # fmt: skip
    manner = "quick" if request.trigger is Trigger.AUTOMATIC else "thorough"
    overridden = f"; stated: {', '.join(stated)}" if stated else ""
    return f"{request.trigger.value}: {manner}{overridden}"
