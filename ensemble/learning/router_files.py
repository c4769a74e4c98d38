"""The router's weights on disk: those that were fitted here, with those that others have shared.

Both are kept apart and used together, weighted by evidence: what is fitted anew replaces only what
was fitted here, and what somebody shares again only what they shared before.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from ensemble.learning.outcomes import LIMIT
from ensemble.learning.router_averaging import averaged_router, of_these_models
from ensemble.learning.sharing import received, routers_of
from ensemble.policy.router_weights import VERSION, RouterWeights
from ensemble.user_data import data_folder

_log = logging.getLogger(__name__)


class WeightsRefused(Exception):
    """A file of weights is of no use. The message names it and the remedy."""


def local_file() -> Path:
    """Return the file of the weights that were fitted here. It need not exist."""
    return data_folder() / "router.json"


def write_weights(weights: RouterWeights, file: Path) -> None:
    """Write weights, so that whoever reads meanwhile sees the old ones or the new. Raises
    OSError."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(".part")
    part.write_bytes(msgspec.json.format(msgspec.json.encode(weights), indent=1) + b"\n")
    part.replace(file)


def read_weights(file: Path) -> RouterWeights:
    """Read weights. Raises WeightsRefused for a file that is broken or of another version, and
    OSError for one that cannot be read."""
    remedy = "`coterie stats fit` writes it anew"
    try:
        weights = msgspec.json.decode(file.read_bytes(), type=RouterWeights)
    except msgspec.MsgspecError as error:
        raise WeightsRefused(f"{file} is broken: {error}; {remedy}") from error
    if weights.version != VERSION:
        raise WeightsRefused(f"{file} is of version {weights.version}, not {VERSION}; {remedy}")
    if not all(map(math.isfinite, _numbers(weights))):
        raise WeightsRefused(f"{file} is broken: a number in it is not finite; {remedy}")
    return weights


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
    """Whether numbers that somebody has sent can be what they claim to be."""
    counts = (model.rows for model in weights.models.values())
    return all(map(math.isfinite, _numbers(weights))) and all(0 <= n <= LIMIT for n in counts)


def _numbers(weights: RouterWeights) -> Iterator[float]:
    yield from (weights.price, weights.silence)
    for model in weights.models.values():
        yield from (model.intercept, model.cost, *model.weights.values())
