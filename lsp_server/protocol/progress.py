"""How far an order is, shown by the client, which may cancel it there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from ensemble.trace import Step

if TYPE_CHECKING:
    from lsp_server.server.language_server import CoterieServer

Facts = dict[str, Any]


def _count(things: int | list[Any], noun: str) -> str:
    """Say how many there are; facts hold a list, or where it would be long its length."""
    number = things if isinstance(things, int) else len(things)
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


_STAGES: dict[str, Callable[[Facts], str]] = {
    "context": lambda facts: f"{facts['model']} writes",
    "escalated": lambda facts: f"asking {facts['to']}",
    "tests": lambda facts: _count(facts["found"], "test") + " found",
    "tested": lambda facts: f"{_count(facts.get('passed', 0), 'test')} passed",
    "tried": lambda facts: f"tried {facts['how']}",
    "voted": lambda _: "comparing what passed",
}


class Progress:
    """The progress of one order.

    `cancel` is called when the client cancels it. Where a client shows no progress, or is slow to
    agree to a token, the work goes on without.
    """

    def __init__(
        self,
        server: CoterieServer,
        title: str,
        cancel: Callable[[], object],
    ) -> None:
        self._server = server
        self._title = title
        self._cancel = cancel
        self._token: types.ProgressToken | None = None
        self._ended = False
        self._stage = ""
        window = server.client_capabilities.window
        if window is not None and window.work_done_progress:
            server.background(self._create())

    def listen(self, step: Step) -> None:
        """Show a step of the work, if it is one that people wait for."""
        stage = _STAGES.get(step.event)
        if stage is not None:
            self._stage = stage(step.facts)
            self._report()

    def end(self, message: str) -> None:
        """Have the client show that the work has ended."""
        self._ended = True
        if self._token is not None:
            end = types.WorkDoneProgressEnd(message=message)
            self._server.work_done_progress.end(self._token, end)
            self._server.work_done_progress.tokens.pop(self._token, None)

    def _report(self) -> None:
        if self._stage and self._token is not None and not self._ended:
            report = types.WorkDoneProgressReport(message=self._stage, cancellable=True)
            self._server.work_done_progress.report(self._token, report)

    async def _create(self) -> None:
        token = self._server.new_token()
        await self._server.work_done_progress.create_async(token)
        if self._ended:
            self._server.work_done_progress.tokens.pop(token, None)
        else:
            self._begin(token)

    def _begin(self, token: types.ProgressToken) -> None:
        self._token = token
        begin = types.WorkDoneProgressBegin(title=f"Coterie: {self._title}", cancellable=True)
        self._server.work_done_progress.begin(token, begin)
        self._server.work_done_progress.tokens[token].add_done_callback(self._cancelled)
        # What has been reached before the client agreed to the token.
        self._report()

    def _cancelled(self, future: Any) -> None:
        if future.cancelled() and not self._ended:
            self._cancel()
