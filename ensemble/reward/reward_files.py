"""Rewards as files: readable JSON, with versions, refused with one message where it cannot be used.

A name without a suffix is looked up in the user's data folder, then among those that come with
Coterie; anything else is a file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from math import isfinite
from pathlib import Path

import msgspec

from ensemble.errors import RewardRefused
from ensemble.reward.candidate_features import VERSION as FEATURES_VERSION
from ensemble.reward.reward_model import Reward
from ensemble.user_data import data_folder

FORMAT = "coterie reward"
VERSION = 1
"""Raised whenever the file's fields change their meaning."""

BUILT_IN = Path(__file__).with_name("built_in")
_REMEDY = "fit it anew with `coterie evaluate TASKS --fit-reward FILE`"


class _RewardHead(msgspec.Struct, frozen=True):
    """What every version of the file says of itself."""

    format: str = ""
    version: int = 0
    features_version: int = 0


class _RewardDocument(_RewardHead, frozen=True, kw_only=True, forbid_unknown_fields=True):
    reward: Reward


def user_file(name: str) -> Path:
    """Return where the user's own reward of this name lies, such as one fitted from local
    outcomes."""
    return data_folder() / "rewards" / f"{name}.json"


def built_in_names() -> list[str]:
    """Return the names of the rewards that come with Coterie."""
    return sorted(path.stem for path in BUILT_IN.glob("*.json"))


def path_of(name: str) -> Path:
    """Return the file of a reward named in a policy."""
    if Path(name).suffix or "/" in name:
        return Path(name).expanduser()
    own, built_in = user_file(name), BUILT_IN / f"{name}.json"
    return own if own.is_file() or not built_in.is_file() else built_in


def load(name: str, models: Iterable[str] = ()) -> Reward:
    """Read the reward that a policy names, for its tiers' `models`.

    Raises RewardRefused: the file is absent, broken or of another version, or the reward knows
    models by name and not all of these.
    """
    path = path_of(name)
    try:
        reward = _read(path, path.stat().st_mtime_ns)
    except OSError as error:
        known = ", ".join(built_in_names())
        raise RewardRefused(
            f"the reward {name} cannot be read: {error.strerror or error}; built in: {known}"
        ) from error
    strangers = [model for model in models if reward.models and model not in reward.models]
    if strangers:
        raise RewardRefused(
            f"the reward {path.name} was fitted for {', '.join(reward.models)} and does not know "
            f"{strangers[0]!r}; {_REMEDY}"
        )
    return reward


def save(reward: Reward, path: Path) -> None:
    """Write a reward. Raises OSError."""
    document = _RewardDocument(
        format=FORMAT, version=VERSION, features_version=FEATURES_VERSION, reward=reward
    )
    text = msgspec.json.format(msgspec.json.encode(document), indent=1)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text + b"\n")


@lru_cache(maxsize=8)
def _read(path: Path, changed: int) -> Reward:
    """Read a file as it was when it was last `changed`."""
    data = path.read_bytes()
    try:
        head = msgspec.json.decode(data, type=_RewardHead)
        if head.format != FORMAT:
            raise RewardRefused(f"{path.name} is no reward; {_REMEDY}")
        if (head.version, head.features_version) != (VERSION, FEATURES_VERSION):
            raise RewardRefused(
                f"the reward {path.name} is of version {head.version}.{head.features_version}, "
                f"not {VERSION}.{FEATURES_VERSION}; {_REMEDY}"
            )
        reward = msgspec.json.decode(data, type=_RewardDocument).reward
    except msgspec.MsgspecError as error:
        raise RewardRefused(f"the reward {path.name} is broken: {error}; {_REMEDY}") from error
    if fault := next(_faults(reward), ""):
        raise RewardRefused(f"the reward {path.name} is broken: {fault}; {_REMEDY}")
    return reward


def _faults(reward: Reward) -> Iterator[str]:
    if not reward.scorers:
        yield "it has no scorers"
    if any(len(scorer.weights) != len(reward.columns) for scorer in reward.scorers):
        yield "a scorer has not one weight for each column"
    if any(not column.scale > 0 for column in reward.columns):
        yield "a column has no scale above 0"
    numbers = [reward.k, reward.calibration.slope, reward.calibration.offset, reward.keeps]
    numbers += [value for c in reward.columns for value in (c.mean, c.scale)]
    numbers += [value for s in reward.scorers for value in (s.intercept, *s.weights)]
    if not all(map(isfinite, numbers)):
        yield "a number in it is not finite"
