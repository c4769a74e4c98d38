"""`coterie stats fit`, `share` and `merge`: learning here, and from others, without their text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from ensemble.errors import RewardError, RewardRefused
from ensemble.learning.outcomes import SuggestionOutcome
from ensemble.learning.router_files import WeightsRefused, local_file, read_weights
from ensemble.learning.sharing import (
    SharingError,
    read_shared,
    received,
    rewards_of,
    routers_of,
    shared,
    take,
    write_shared,
)
from ensemble.policy.router_weights import RouterWeights
from ensemble.reward.reward_files import load, own_reward_file, save
from ensemble.reward.reward_model import Reward
from lsp_server.commands.command_errors import CommandError
from lsp_server.commands.console import show, warn
from lsp_server.commands.stats.show import read_outcomes
from lsp_server.feedback.learning import fit_router_of
from lsp_server.settings.layers import load_file

_LOCAL, _SHARED = "local", "shared"
"""The names by which policies call the reward that was fitted here, and the one merged of it and of
those that others have shared."""


def fit_and_show() -> int:
    """Fit what can be fitted and say what came of it; return 1 if nothing could be."""
    outcomes = read_outcomes()
    try:
        router = fit_router_of(load_file(), outcomes)
    except OSError as error:
        raise CommandError(f"{local_file()} cannot be written: {error.strerror}") from error
    lines = [_router_line(router, outcomes)]
    reward, line = _fit_reward(outcomes)
    show("\n".join((*lines, line)))
    return 0 if router is not None or reward is not None else 1


def share(out: Path) -> int:
    """Write what was learned here for others; return 0. Raises CommandError."""
    try:
        weights = shared(_local_router(), _local_reward())
        write_shared(weights, out)
    except (SharingError, WeightsRefused) as error:
        raise CommandError(str(error)) from error
    learned = [name for name in ("router", "reward") if getattr(weights, name) is not None]
    show(
        f"{out}: {' and '.join(learned)}. It holds weights and the names of features, languages "
        "and models; no text and no path."
    )
    return 0


def merge_received(files: Sequence[Path]) -> int:
    """Take what others have shared; return 0. Raises CommandError, and then takes nothing."""
    try:
        weights = [read_shared(file) for file in files]
        for one in weights:
            take(one)
        kept = received()
    except SharingError as error:
        raise CommandError(str(error)) from error
    routers = routers_of(kept)
    if routers:
        rows = sum(router.rows for router in routers)
        show(f"router: what {len(routers)} others have learned from {rows} suggestions counts too")
    rewards = rewards_of(kept)
    if rewards:
        show(_merge_rewards(rewards))
    return 0


def _router_line(router: RouterWeights | None, outcomes: Sequence[SuggestionOutcome]) -> str:
    if router is not None:
        known = ", ".join(f"{name} ({m.rows})" for name, m in router.models.items())
        return f"router: fitted on the suggestions of {known}; it is used from the next start on"
    told = [outcome for outcome in outcomes if outcome.worth is not None]
    counted = Counter(outcome.model for outcome in told)
    have = ", ".join(f"{model} {count}" for model, count in counted.items()) or "none"
    return (
        "router: too little evidence: 60 suggestions of a model are needed, 10 of them accepted "
        f"and 10 not; so far {have}. Every request begins at the first tier."
    )


def _fit_reward(outcomes: Sequence[SuggestionOutcome]) -> tuple[Reward | None, str]:
    # Both need numpy, and only here.
    from ensemble.learning.evidence import reward_evidence  # noqa: PLC0415
    from ensemble.reward.reward_fitting import fit_reward  # noqa: PLC0415

    rows = reward_evidence(outcomes)
    try:
        reward = fit_reward(rows, f"{len(rows)} local outcomes")
        save(reward, own_reward_file(_LOCAL))
    except RewardError as error:
        return None, f"reward: {error}"
    except OSError as error:
        raise CommandError(
            f"{own_reward_file(_LOCAL)} cannot be written: {error.strerror}"
        ) from error
    return reward, f"reward: fitted on {len(rows)} suggestions; policies call it {_LOCAL!r}"


def _local_router() -> RouterWeights | None:
    try:
        return read_weights(local_file())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CommandError(f"{local_file()} cannot be read: {error.strerror}") from error


def _local_reward() -> Reward | None:
    if not own_reward_file(_LOCAL).is_file():
        return None
    try:
        return load(_LOCAL)
    except RewardRefused as error:
        warn(str(error))
        return None


def _merge_rewards(rewards: Sequence[Reward]) -> str:
    from ensemble.learning.averaging import averaged_reward  # noqa: PLC0415

    own = _local_reward()
    everything = [*((own,) if own else ()), *rewards]
    result = averaged_reward(everything, f"{len(everything)} users' outcomes")
    try:
        save(result, own_reward_file(_SHARED))
    except OSError as error:
        raise CommandError(
            f"{own_reward_file(_SHARED)} cannot be written: {error.strerror}"
        ) from error
    return f"reward: merged of {len(everything)}; policies call it {_SHARED!r}"
