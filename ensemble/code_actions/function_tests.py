"""Finding and running the tests of a function from an event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from code_checks.execution.run_tests import RunReport, run_tests
from code_checks.execution.unit_test import UnitTest
from code_checks.execution.visible_tests import Sources, visible_tests
from code_checks.hole import Extent
from code_checks.sandbox import cancellable
from code_checks.trees.functions import Function
from ensemble.cascade.workspace_sources import sources_of
from ensemble.code_actions.proposal import ActionRequest


@dataclass(frozen=True, slots=True)
class FunctionTests:
    """The tests that can judge a function of an order's document."""

    order: ActionRequest
    """The order."""
    function: Function
    """The function that is judged."""
    sources: Sources
    """The files of the workspace that its tests need."""
    tests: tuple[UnitTest, ...]
    """The tests that people wrote."""

    @classmethod
    async def of(cls, order: ActionRequest, function: Function) -> FunctionTests:
        """Look for the tests, in a worker thread."""
        return await asyncio.to_thread(cls._looked_up, order, function)

    @classmethod
    def _looked_up(cls, order: ActionRequest, function: Function) -> FunctionTests:
        hole = function.body_hole(order.source)
        sources = sources_of(order.request(hole, Extent.FUNCTION), function)
        return cls(order, function, sources, visible_tests(function, hole, sources))

    async def run(
        self, bodies: Sequence[str], tests: Sequence[UnitTest] | None = None
    ) -> RunReport:
        """Run tests, the visible ones if none are named, on the document with each of these bodies
        for the function, in the sandbox.

        A cancelled task comes back when nothing of it runs any more.
        """
        hole = self.function.body_hole(self.order.source)
        wanted = self.tests if tests is None else tests
        return await cancellable(
            lambda cancel: run_tests(hole, bodies, wanted, self.sources.environment(cancel))
        )
