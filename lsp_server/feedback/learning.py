"""Learning from what became of suggestions: fits the router's weights and writes them down."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from ensemble.learning.outcomes import SuggestionOutcome, outcome_store
from ensemble.learning.router_files import WeightsRefused, local_file, read_weights, write_weights
from ensemble.learning.row_store import StoreError
from ensemble.policy.router_weights import RouterWeights
from lsp_server.answers.build_engines import costs_of, identities_of
from lsp_server.settings.settings import Settings

_log = logging.getLogger(__name__)
_LEAST = 60
_NEWS = 1.1
"""By how much the evidence must have grown for the router to be fitted anew by itself."""


def learn_if_due(settings: Settings) -> None:
    """Fit the router anew if there is enough news since it was last fitted. For a thread.

    What goes wrong is logged: without a router every request begins at the first tier.
    """
    try:
        if settings.router != "learned" or outcome_store().count() < _LEAST:
            return
        known = _rows_known()
        outcomes = [outcome for outcome in outcome_store().rows() if outcome.worth is not None]
        if len(outcomes) >= max(_LEAST, known * _NEWS):
            fit_router_of(settings, outcomes)
    except (StoreError, OSError) as error:
        _log.warning("the router has learned nothing: %s", error)


def fit_router_of(
    settings: Settings, outcomes: Sequence[SuggestionOutcome]
) -> RouterWeights | None:
    """Fit a router for the models of the settings and write it down; None if there is too little
    evidence. Raises OSError."""
    # numpy takes its time, and nobody but a fit needs it.
    from ensemble.learning.evidence import learn_router  # noqa: PLC0415

    weights = learn_router(outcomes, costs_of(settings), identities_of(settings))
    if weights is not None:
        write_weights(weights, local_file())
    return weights


def _rows_known() -> int:
    try:
        return read_weights(local_file()).rows
    except (OSError, WeightsRefused):
        return 0
