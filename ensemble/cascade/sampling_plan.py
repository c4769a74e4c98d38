"""How each candidate of a tier is sampled, and where it may end."""

from __future__ import annotations

from collections.abc import Iterator

from code_checks.hole import Extent, Hole
from ensemble.candidate import Sampling, Stop
from ensemble.policy.policy import Policy, Route, Tier
from ensemble.request import CompletionRequest

_LINES_BEFORE = 40
_LINES_AFTER = 20
_FAR = 20_000  # Characters on either side, where lines are very long.
_FUNCTION_LINES = 120
_SEED_STRIDE = 1009  # A prime larger than any number of samples keeps requests' seeds apart.


def samplings(
    tier: Tier, route: Route, policy: Policy, seed: int, first: int = 0
) -> Iterator[Sampling]:
    """Yield how each of the tier's candidates is sampled: the first greedily, the others at the
    policy's temperature, each with a seed of its own that follows from the request's. `first` is
    how many texts the model has written for the request: when it is asked again nothing is greedy,
    for that text is known."""
    for branch in range(first, first + tier.samples):
        yield Sampling(
            temperature=policy.temperature if branch else 0.0,
            max_tokens=route.max_tokens,
            seed=(seed * _SEED_STRIDE + branch) % 2**32,
        )


def stop_rule(request: CompletionRequest, extent: Extent) -> Stop:
    """Return where the candidates for this request may end."""
    lines = _FUNCTION_LINES if extent is Extent.FUNCTION else request.max_lines
    return Stop(extent=extent, hole=neighborhood(request.hole), max_lines=lines)


def neighborhood(hole: Hole) -> Hole:
    """Return the hole with only the lines around it, which is all that a stop rule looks at."""
    prefix, suffix = hole.prefix[-_FAR:], hole.suffix[:_FAR]
    before = prefix.rsplit("\n", _LINES_BEFORE + 1)[-_LINES_BEFORE - 1 :]
    after = suffix.split("\n", _LINES_AFTER + 1)[: _LINES_AFTER + 1]
    return Hole(hole.language, "\n".join(before), "\n".join(after))
