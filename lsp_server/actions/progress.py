"""How far an order is, shown by the client, which may cancel it there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from ensemble.trace import Step

if TYPE_CHECKING:
    from lsp_server.language_server import CoterieServer

Facts = dict[str, Any]

_STAGES: dict[str, Callable[[Facts], str]] = {
    "context": lambda facts: f"{facts['model']} writes",
    "escalated": lambda facts: f"asking {facts['to']}",
    "tests": lambda facts: f"{facts['count']} tests" if facts.get("count") else "no tests found",
    "tried": lambda facts: "trying an edit",
    "voted": lambda facts: "comparing what passed",
    "ran": lambda facts: f"ran {facts['passed']} of {facts['count']} tests successfully",
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
        window = server.client_capabilities.window
        if window is not None and window.work_done_progress:
            server.background(self._create())

    def listen(self, step: Step) -> None:
        """Show a step of the work, if it is one that people wait for."""
        stage = _STAGES.get(step.event)
        if stage is not None and self._token is not None and not self._ended:
            report = types.WorkDoneProgressReport(message=stage(step.facts), cancellable=True)
            self._server.work_done_progress.report(self._token, report)

    def end(self, message: str) -> None:
        """Have the client show that the work has ended."""
        self._ended = True
        if self._token is not None:
            end = types.WorkDoneProgressEnd(message=message)
            self._server.work_done_progress.end(self._token, end)
            self._server.work_done_progress.tokens.pop(self._token, None)

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

    def _cancelled(self, future: Any) -> None:
        if future.cancelled() and not self._ended:
            self._cancel()
