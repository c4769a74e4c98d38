"""The ensemble's one entrance, for the server and the command line."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping

import msgspec

from ensemble.async_iterators import closing
from ensemble.cascade.cascade import Cascade
from ensemble.cascade.checks import CHECKS, Check
from ensemble.cascade.unchecked import UncheckedText, unchecked_texts
from ensemble.engines.engine import Engine
from ensemble.policy.policy import DEFAULT_POLICY, Policy
from ensemble.request import CompletionRequest
from ensemble.routing.latencies import Latencies
from ensemble.routing.route import route
from ensemble.trace.trace import Answer, Journal, Step


class Completer:
    """Answers completion requests with the models it is given, as its policy says.

    `engines` maps the names that the policy's tiers use to models; the completer closes them.
    `checks` maps the names that the policy's gates use to checks. Requests are independent of each
    other: any number may be under way.
    """

    def __init__(
        self,
        engines: Mapping[str, Engine],
        policy: Policy = DEFAULT_POLICY,
        *,
        checks: Mapping[str, Check] = CHECKS,
    ) -> None:
        self._engines = engines
        self._policy = policy
        self._checks = checks
        self._latencies = Latencies()

    def answers(
        self,
        request: CompletionRequest,
        listener: Callable[[Step], None] | None = None,
        *,
        minimum_agreement: float | None = None,
        on_text: Callable[[str], None] | None = None,
    ) -> AsyncIterator[Answer]:
        """Yield answers, each of which supersedes the one before; the last one is `final`.

        The first that is `due` is the one to show when only one can be shown: the request is
        decided or its deadline has come. Those that follow improve on it. Close the iterator to
        cancel. Raises nothing because of a model: what failed is a step of the trace. `listener` is
        told of each step when it happens; `minimum_agreement` stands for the policy's, where
        somebody will look at what is unsure. `on_text` is told the first model's greedy text,
        neither trimmed nor checked, whenever more of it is written: whoever types something else
        meanwhile need not wait for the rest.
        """
        if minimum_agreement is None:
            minimum_agreement = max(self._policy.minimum_agreement, request.minimum_agreement)
        policy = msgspec.structs.replace(
            self._policy,
            minimum_agreement=minimum_agreement,
            verified_only=self._policy.verified_only or request.verified_only,
        )
        return Cascade(
            request, route(request, policy, self._latencies.seconds), policy, self._engines,
            checks=self._checks, listener=self._latencies.watching(listener), on_text=on_text,
        ).answers()  # fmt: skip

    def unchecked_texts(
        self, request: CompletionRequest, journal: Journal
    ) -> AsyncIterator[tuple[UncheckedText, ...]]:
        """Yield what each tier writes, unchecked, for orders that choose by rules of their own."""
        return unchecked_texts(request, self._policy, self._engines, journal)

    async def complete(self, request: CompletionRequest) -> Answer:
        """Return the decided answer, or the best there is at the deadline; cancel the rest."""
        async with closing(self.answers(request)) as answers:
            async for answer in answers:
                if answer.due:
                    return answer
        raise AssertionError("the cascade ended without a final answer")

    async def close(self) -> None:
        """Close every engine; requests under way end with what they have."""
        await asyncio.gather(*(engine.close() for engine in self._engines.values()))
