"""Texts for a hole as models write them, tier by tier, for orders that choose for themselves."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping

import msgspec

from ensemble.async_iterators import closing
from ensemble.candidate import Candidate
from ensemble.cascade.event_builders import routed
from ensemble.cascade.tier_run import TierRun
from ensemble.engines.engine import Engine
from ensemble.policy.policy import Policy
from ensemble.request import CompletionRequest
from ensemble.routing.route import route
from ensemble.trace.trace import Journal


class UncheckedText(msgspec.Struct, frozen=True):
    """What a model wrote, neither trimmed nor checked."""

    candidate: Candidate
    tier: int
    """The index of the tier that wrote it."""


async def unchecked_texts(
    request: CompletionRequest,
    policy: Policy,
    engines: Mapping[str, Engine],
    journal: Journal,
) -> AsyncIterator[tuple[UncheckedText, ...]]:
    """Yield each tier's candidates, all at once; asking for more asks the next tier.

    Ends at the request's deadline. Closing the iterator cancels the model. Engines that fail are
    steps of the journal, never errors.
    """
    way = route(request, policy)
    journal.note(routed(way))
    deadline = time.monotonic() + way.deadline
    for number in range(len(way.tiers)):
        if time.monotonic() >= deadline:
            return
        run = TierRun(request, way, policy, number, journal)
        engine = engines.get(run.tier.model)
        candidates: list[Candidate] = []
        async with closing(run.candidates(engine, deadline)) as batches:
            async for batch in batches:
                candidates.extend(batch)
        yield tuple(UncheckedText(candidate, number) for candidate in candidates)
