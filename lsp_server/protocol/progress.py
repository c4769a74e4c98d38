"""How far long work is, shown by the client: the loading of models, and orders, which it may cancel
there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from lsprotocol import types

from ensemble.trace.action_events import EditTried
from ensemble.trace.candidate_events import PromptBuilt
from ensemble.trace.request_events import Escalated
from ensemble.trace.testing_events import (
    GeneratedTestsRun,
    RunRefused,
    VisibleTestsFound,
    VisibleTestsRun,
)
from ensemble.trace.trace import Step, TraceEvent
from ensemble.trace.vote_events import Voted
from lsp_server.protocol.client import Client

_LOADING_SECONDS = 0.2
"""How often it is said how many models are loaded."""


async def show_loading(
    client: Client, loading: asyncio.Task[None], fraction: Callable[[], float]
) -> None:
    """Have the client show, until a task has loaded all models, which fraction (0 to 1) is."""
    if not client.shows_progress:
        return
    token = client.new_token()
    await client.progress.create_async(token)
    begin = types.WorkDoneProgressBegin(title="Coterie: loading models", percentage=0)
    client.progress.begin(token, begin)
    while not loading.done():
        await asyncio.wait([loading], timeout=_LOADING_SECONDS)
        report = types.WorkDoneProgressReport(percentage=int(fraction() * 100))
        client.progress.report(token, report)
    client.progress.end(token, types.WorkDoneProgressEnd())


def stage_of(event: TraceEvent) -> str | None:
    """Say what is going on since an event, None if nobody waits for it."""
    match event:
        case PromptBuilt():
            return f"{event.model} writes"
        case Escalated():
            return f"asking {event.to}"
        case VisibleTestsFound():
            return f"{_tests(len(event.found))} found"
        case VisibleTestsRun():
            return f"{_tests(len(event.passed))} passed"
        case GeneratedTestsRun():
            return f"{_tests(event.passed)} passed"
        case RunRefused():
            return f"{_tests(0)} passed"
        case EditTried():
            return f"tried {event.how}"
        case Voted():
            return "comparing what passed"
        case _:
            return None


def _tests(number: int) -> str:
    return f"{number} test" if number == 1 else f"{number} tests"


class Progress:
    """The progress of one order.

    `cancel` is called when the client cancels it. Where a client shows no progress, or is slow to
    agree to a token, the work goes on without.
    """

    def __init__(
        self,
        client: Client,
        title: str,
        cancel: Callable[[], object],
    ) -> None:
        self._client = client
        self._title = title
        self._cancel = cancel
        self._token: types.ProgressToken | None = None
        self._ended = False
        self._stage = ""
        if client.shows_progress:
            client.background(self._create())

    def listen(self, step: Step) -> None:
        """Show a step of the work, if it is one that people wait for."""
        stage = stage_of(step.event)
        if stage is not None:
            self._stage = stage
            self._report()

    def end(self, message: str) -> None:
        """Have the client show that the work has ended."""
        self._ended = True
        if self._token is not None:
            end = types.WorkDoneProgressEnd(message=message)
            self._client.progress.end(self._token, end)
            self._client.progress.tokens.pop(self._token, None)

    def _report(self) -> None:
        if self._stage and self._token is not None and not self._ended:
            report = types.WorkDoneProgressReport(message=self._stage, cancellable=True)
            self._client.progress.report(self._token, report)

    async def _create(self) -> None:
        token = self._client.new_token()
        await self._client.progress.create_async(token)
        if self._ended:
            self._client.progress.tokens.pop(token, None)
        else:
            self._begin(token)

    def _begin(self, token: types.ProgressToken) -> None:
        self._token = token
        begin = types.WorkDoneProgressBegin(title=f"Coterie: {self._title}", cancellable=True)
        self._client.progress.begin(token, begin)
        self._client.progress.tokens[token].add_done_callback(self._cancelled)
        # What has been reached before the client agreed to the token.
        self._report()

    def _cancelled(self, future: Any) -> None:
        if future.cancelled() and not self._ended:
            self._cancel()
