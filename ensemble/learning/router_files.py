"""The router's weights on disk: those that were fitted here, with those that others have shared.

Both are kept apart and used together, weighted by evidence: a new fit replaces only the weights
that were fitted here, and weights that a user shares again only those that this user shared before.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

from ensemble.learning.averaging import averaged_router, of_these_models
from ensemble.learning.outcomes import LIMIT
from ensemble.learning.sharing import received, routers_of
from ensemble.policy.router_weights import VERSION, RouterWeights
from ensemble.user_data import data_folder
from ensemble.versioned_json import VersionedJson

_log = logging.getLogger(__name__)


class WeightsRefused(Exception):
    """A file of weights is of no use. The message names it and the remedy."""


_FILES = VersionedJson(
    RouterWeights,
    "router",
    {"version": VERSION},
    "`coterie stats fit` writes it anew",
    WeightsRefused,
)


def local_file() -> Path:
    """Return the file of the weights that were fitted here. It need not exist."""
    return data_folder() / "router.json"


def write_weights(weights: RouterWeights, file: Path) -> None:
    """Write weights, so that a reader sees the old ones or the new. Raises OSError."""
    _FILES.write(weights, file)


def read_weights(file: Path) -> RouterWeights:
    """Read weights. Raises WeightsRefused for a file that is broken or of another version, and
    OSError for one that cannot be read."""
    return _FILES.read(file)


def learned_router(identities: Mapping[str, str]) -> RouterWeights | None:
    """Return what was learned here and by others of the models with these names and identities.

    None if nothing was. A file that cannot be used is logged, and the rest used: without a router
    every request begins at the first tier.
    """
    own: list[RouterWeights] = []
    try:
        own.append(read_weights(local_file()))
    except FileNotFoundError:
        pass
    except (WeightsRefused, OSError) as error:
        _log.warning("the router does without what was learned here: %s", error)
    theirs = [router for router in routers_of(received()) if _is_sound(router)]
    fitting = [of_these_models(router, identities) for router in (*own, *theirs)]
    return averaged_router(fitting, "local outcomes")


def _is_sound(weights: RouterWeights) -> bool:
    """Whether the evidence that a shared file claims can be what one machine had."""
    return all(0 <= model.rows <= LIMIT for model in weights.models.values())
