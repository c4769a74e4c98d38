"""Having an action's work done in time, whoever ordered it: an editor or a command."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from ensemble.cascade.completer import Completer
from ensemble.code_actions.proposal import ActionRequest, Proposal, declined
from ensemble.trace.action_events import ActionOrdered
from ensemble.trace.trace import Journal
from lsp_server.code_actions.catalog import Action

_log = logging.getLogger(__name__)
_GRACE = 1.0
"""How many seconds an order may take beyond its deadline to say what it has found."""


async def carry_out(
    action: Action, request: ActionRequest, completer: Callable[[], Completer], journal: Journal
) -> Proposal:
    """Return what comes of an action: a proposal, or the reason why there is none.

    Whatever goes wrong in the work is such a reason. A cancelled task comes back when nothing of
    the work runs any more.
    """
    journal.note(ActionOrdered(action.name, round(request.deadline * 1000)))
    try:
        async with asyncio.timeout(request.deadline + _GRACE):
            return await action.work(request, completer(), journal)
    except TimeoutError:
        reason = f"nothing was found in {request.deadline:g} s"
    except Exception:
        # Whatever goes wrong below, the editor shows less and nothing worse.
        _log.exception("%s failed", action.name)
        reason = "it did not work; the log says why"
    return declined(journal, action.name_for_people, reason)
