"""What may be given to others: weights of the router and the reward, and not a word of text.

Every user fits on what happened on their own machine; only the fitted weights, a few hundred
numbers, are passed on, in a file, by users who want to. The names in it are those of features, of
languages and of models.
"""

from __future__ import annotations

import datetime
import re
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec.structs import replace

from ensemble.policy.router_weights import VERSION as ROUTER_VERSION
from ensemble.policy.router_weights import RouterWeights
from ensemble.reward.candidate_features import VERSION as REWARD_VERSION
from ensemble.reward.reward_model import Reward
from ensemble.user_data import data_folder
from ensemble.versioned_json import VersionedJson

FORMAT = "coterie shared weights"
VERSION = 1
_ORIGIN = re.compile(r"[0-9a-f]{16}")


class SharingError(Exception):
    """A file cannot be shared or taken. The message names it, the reason and what helps."""


class SharedWeights(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The weights of one origin."""

    format: str = FORMAT
    """Tells the file from any other JSON."""
    version: int = VERSION
    """Of this shape."""
    router_version: int = ROUTER_VERSION
    """Of the router's features and shape."""
    reward_version: int = REWARD_VERSION
    """Of the meaning of the reward's features."""
    origin: Annotated[str, msgspec.Meta(pattern=rf"\A{_ORIGIN.pattern}\Z")]
    """A random name that stays the same, so that what is shared again replaces what was shared
    before and counts once. It names a file."""
    day: str
    """When it was shared, as in 2025-01-31."""
    router: RouterWeights | None = None
    """What the router has learned, if there was enough."""
    reward: Reward | None = None
    """The reward that was fitted, if there was enough."""


_FILES = VersionedJson(
    SharedWeights,
    "shared weights",
    {"version": VERSION, "router_version": ROUTER_VERSION, "reward_version": REWARD_VERSION},
    "`coterie stats share` of the same version of Coterie writes them",
    SharingError,
    FORMAT,
)


def shared(router: RouterWeights | None, reward: Reward | None) -> SharedWeights:
    """Return weights as they are shared. Raises SharingError if there are none."""
    if router is None and reward is None:
        raise SharingError(
            "there is nothing to share yet: nothing has been learned here; `coterie stats fit` "
            "says how much is missing"
        )
    return SharedWeights(
        origin=_origin(),
        day=datetime.date.today().isoformat(),
        # What they were fitted on may be a file's name.
        router=router and replace(router, fitted_on=""),
        reward=reward and replace(reward, fitted_on="shared"),
    )


def write_shared(weights: SharedWeights, file: Path) -> None:
    """Write weights for others. Raises SharingError."""
    try:
        _FILES.write(weights, file)
    except OSError as error:
        raise SharingError(f"{file} cannot be written: {error.strerror or error}") from error


def read_shared(file: Path) -> SharedWeights:
    """Read weights that a user has shared. Raises SharingError, which says what version they have
    if it is another one."""
    try:
        return _FILES.read(file)
    except OSError as error:
        raise SharingError(f"{file} cannot be read: {error.strerror or error}") from error


def take(weights: SharedWeights) -> Path:
    """Keep weights that another user has shared, instead of those shared before; return the file.

    Raises SharingError for this user's own.
    """
    if weights.origin == _origin():
        raise SharingError("these are your own weights; they count already")
    file = _received_folder() / f"{weights.origin}.json"
    write_shared(weights, file)
    return file


def received() -> list[SharedWeights]:
    """Return the weights of others that were taken, without those that this version cannot use."""
    found = []
    for file in sorted(_received_folder().glob("*.json")):
        try:
            found.append(read_shared(file))
        except SharingError:
            continue
    return found


def rewards_of(weights: Sequence[SharedWeights]) -> list[Reward]:
    """Return the rewards among what was shared."""
    return [one.reward for one in weights if one.reward is not None]


def routers_of(weights: Sequence[SharedWeights]) -> list[RouterWeights]:
    """Return the routers among what was shared."""
    return [one.router for one in weights if one.router is not None]


def _received_folder() -> Path:
    return data_folder() / "received"


def _origin() -> str:
    """Return this installation's random name, which is made up once."""
    file = data_folder() / "origin"
    try:
        known = file.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        known = ""
    if not _ORIGIN.fullmatch(known):
        known = secrets.token_hex(8)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(known + "\n", "ascii")
        except OSError as error:
            raise SharingError(f"{file} cannot be written: {error.strerror or error}") from error
    return known
