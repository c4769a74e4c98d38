"""Rewards as files: readable JSON, with versions, refused with one message where it cannot be used.

A name without a suffix is looked up in the user's data folder, then among those that come with
Coterie; anything else is a file.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import msgspec

from ensemble.errors import RewardRefused
from ensemble.policy.policy import Policy
from ensemble.reward.candidate_features import VERSION as FEATURES_VERSION
from ensemble.reward.reward_model import Reward
from ensemble.user_data import data_folder
from ensemble.versioned_json import VersionedJson

FORMAT = "coterie reward"
VERSION = 1
"""Raised whenever the file's fields change their meaning."""

BUILT_IN = Path(__file__).with_name("built_in")
_REMEDY = "fit it anew with `coterie evaluate TASKS --fit-reward FILE`"


class RewardDocument(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A reward as it lies in a file."""

    format: str = FORMAT
    """Tells the file from any other JSON."""
    version: int = VERSION
    """Of this shape."""
    features_version: int = FEATURES_VERSION
    """Of the meaning of the features."""
    reward: Reward
    """The reward, checked when it is read."""


_FILES = VersionedJson(
    RewardDocument,
    "reward",
    {"version": VERSION, "features_version": FEATURES_VERSION},
    _REMEDY,
    RewardRefused,
    FORMAT,
)


def own_reward_file(name: str) -> Path:
    """Return where the user's own reward of this name lies, such as one fitted from local
    outcomes."""
    return data_folder() / "rewards" / f"{name}.json"


def with_reward(policy: Policy, folder: Path) -> tuple[Policy, Reward | None]:
    """Return the policy of a file in this folder, with its reward looked up there first, and the
    reward, if it names one. Raises RewardRefused."""
    if not policy.reward:
        return policy, None
    file = folder / policy.reward
    name = str(file) if file.suffix and file.is_file() else policy.reward
    reward = load(name, (tier.model for tier in policy.tiers))
    return msgspec.structs.replace(policy, reward=name), reward


def built_in_names() -> list[str]:
    """Return the names of the rewards that come with Coterie."""
    return sorted(path.stem for path in BUILT_IN.glob("*.json"))


def path_of(name: str) -> Path:
    """Return the file of a reward named in a policy."""
    if Path(name).suffix or "/" in name:
        return Path(name).expanduser()
    own, built_in = own_reward_file(name), BUILT_IN / f"{name}.json"
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
    _FILES.write(RewardDocument(reward=reward), path)


@lru_cache(maxsize=8)
def _read(path: Path, changed: int) -> Reward:
    """Read a file as it was when it was last `changed`."""
    return _FILES.read(path).reward
