"""Where to start, or to stay silent: the learned router's decision."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from code_checks.hole import Hole
from ensemble.policy.router_weights import VERSION, RouterWeights

_EXPLORED = 16
"""One of so many holes where silence is advised is answered all the same, so that its outcome shows
whether the advice still holds."""


@dataclass(frozen=True, slots=True)
class RouterChoice:
    """The learned router's decision."""

    order: tuple[int, ...]
    """The indices of the models in the order in which to ask them; none for silence."""
    reason: str
    """Why, in words."""


def choose(
    router: RouterWeights,
    features: Mapping[str, float],
    models: Sequence[str],
    *,
    seconds: Mapping[str, float],
    budget: float,
    may_be_silent: bool,
) -> RouterChoice | None:
    """Return in which order to ask `models`, which stand in the order of the cascade.

    The first is the one with the best chance of being right, less the price of its cost, among
    those that are expected to answer within `budget` seconds; `seconds` is what models took lately,
    and a model that is not in it is expected to be in time. The others, which are asked if the
    first does not settle it, follow by their chances. None where there is nothing to decide by:
    fewer than two of the models are known here, the first is not, or the weights are of another
    version. Models without weights come last. Pure.
    """
    known = {name: router.models[name] for name in models if name in router.models}
    if router.version != VERSION or not models or models[0] not in known:
        return None
    chances = {name: weights.chance(features) for name, weights in known.items()}
    if may_be_silent and max(chances.values()) < router.silence:
        return RouterChoice((), f"learned: silent, {_shown(chances)} below {router.silence:.2f}")
    if len(known) < 2:
        return None
    dearest = max(weights.cost for weights in known.values()) or 1.0
    in_time = [name for name in known if seconds.get(name, 0.0) <= budget] or [models[0]]
    best = max(
        in_time,
        # Of equals the earlier one: it is the smaller.
        key=lambda name: (
            chances[name] - router.price * known[name].cost / dearest, -models.index(name)
        ),
    )  # fmt: skip
    others = sorted(
        (name for name in dict.fromkeys(models) if name != best),
        key=lambda name: -chances.get(name, -1.0),
    )
    late = [name for name in known if name not in in_time]
    slow = f"; too slow now: {', '.join(late)}" if late else ""
    return RouterChoice(
        # A model may stand in several tiers, which then stay in their order.
        tuple(i for name in (best, *others) for i, model in enumerate(models) if model == name),
        f"learned: begin with {best} ({_shown(chances)}){slow}",
    )


def is_explored(hole: Hole) -> bool:
    """Whether a hole belongs to the few that are answered although silence is advised. The same
    hole always gets the same answer."""
    near = f"{hole.prefix[-200:]}\0{hole.suffix[:200]}".encode("utf-8", "surrogatepass")
    return zlib.crc32(near) % _EXPLORED == 0


def _shown(chances: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {chance:.2f}" for name, chance in chances.items())
