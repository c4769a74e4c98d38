"""Whether an engine can decode the way that a tier asks for."""

from __future__ import annotations

from typing import NamedTuple

from ensemble.engines.engine import Engine, PairingEngine
from ensemble.errors import EngineError, ModelRefused
from ensemble.models.info import ModelInfo
from ensemble.policy.decoding import Decoding
from ensemble.trace.candidate_events import DecodingLeftOut
from ensemble.trace.trace import Journal


class DecodingPair(NamedTuple):
    """The decoding to ask for, and the second model; both None for the model alone."""

    decoding: Decoding | None = None
    partner: ModelInfo | None = None


async def paired(
    engine: Engine, decoding: Decoding | None, journal: Journal, tier: int
) -> DecodingPair:
    """Return how a model can be asked.

    A lossless method only saves time, so where the engine cannot do it, or its partner cannot be
    had, it is left out, and the trace says so. Raises ModelRefused, or what the partner raises, for
    a method that would change the text.
    """
    if decoding is None:
        return DecodingPair()
    try:
        if not isinstance(engine, PairingEngine):
            raise ModelRefused(
                f"{engine.name}: only a local model can decode by {decoding.method.value}; "
                "take `decoding` out of its tier"
            )
        partner = await engine.partner(decoding.partner) if decoding.partner else None
    except EngineError as error:
        if not decoding.method.lossless:
            raise
        journal.note(DecodingLeftOut(tier, engine.name, decoding.method.value, str(error)))
        return DecodingPair()
    return DecodingPair(decoding, partner)
