"""The router: what a request may spend, before any model has been asked."""

from __future__ import annotations

import msgspec

from code_checks.extent import natural_extent
from code_checks.functions import fills_body
from code_checks.hole import Extent
from ensemble.policy import Policy, Route, Tier, Trigger
from ensemble.request import CompletionRequest
from ensemble.vote import TESTS

_DEADLINES = {Trigger.AUTOMATIC: 0.25, Trigger.INVOKED: 3.0}
_FUNCTION_DEADLINE = 30.0
_MAX_TOKENS = {
    Trigger.AUTOMATIC: {Extent.LINE: 40, Extent.BLOCK: 96, Extent.FUNCTION: 512},
    Trigger.INVOKED: {Extent.LINE: 160, Extent.BLOCK: 256, Extent.FUNCTION: 512},
}


def route(request: CompletionRequest, policy: Policy) -> Route:
    """Decide which tiers, extent, checks, tokens and time a request gets.

    An automatic request is quick: a line, or a block where the hole plainly opens one, within a
    quarter of a second; it starts at the smallest tier and a quorum for silence ends it. An invoked
    one may think: more tokens, 3 s, 30 s for a whole function, and silence of the small model sends
    it on to the larger one. Asked for in a function that has no body yet, it is the whole body, and
    tests may judge it; nothing is run while somebody types. What the request states itself
    (samples, tiers, extent, deadline) overrides this. Pure.
    """
    whole = request.trigger is Trigger.INVOKED and _wants_body(request)
    extent = request.extent or (Extent.FUNCTION if whole else _extent(request))
    return Route(
        tiers=_tiers(request, policy),
        extent=extent,
        gates=policy.gates
        if whole and request.may_run
        else tuple(g for g in policy.gates if g != TESTS),
        deadline=_deadline(request, extent),
        max_tokens=_MAX_TOKENS[request.trigger][extent],
        reason=_reason(request),
        accept_silence=request.trigger is Trigger.AUTOMATIC,
    )


def _wants_body(request: CompletionRequest) -> bool:
    """Tell whether a function's whole body is wanted, in so many words or by where the hole is."""
    return request.extent is Extent.FUNCTION or (
        request.extent is not Extent.LINE and fills_body(request.hole)
    )


def _extent(request: CompletionRequest) -> Extent:
    natural = natural_extent(request.hole)
    quick = request.trigger is Trigger.AUTOMATIC
    return Extent.BLOCK if quick and natural is Extent.FUNCTION else natural


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
