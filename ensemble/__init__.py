"""Several models that must agree before they speak.

These are the names to use from outside. They are loaded when first used: the process that owns the
models lives in this package too and needs neither parsers nor votes.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ensemble.candidate import Candidate, Generation, Sampling, Stop, StopReason, Usage
    from ensemble.completer import Completer
    from ensemble.decoding import Decoding
    from ensemble.engine import (
        Engine,
        EngineError,
        EngineUnavailable,
        GenerationRequest,
        ModelRefused,
        PairingEngine,
        ScoringEngine,
    )
    from ensemble.policy import DEFAULT_POLICY, Policy, Route, Tier, Trigger
    from ensemble.recorded import RecordedEngine, Recording, read_recordings, recorded_engines
    from ensemble.request import Chunk, CompletionRequest
    from ensemble.router import route
    from ensemble.scripted import Script, ScriptedEngine
    from ensemble.trace import Answer, Completion, Step
    from ensemble.vote import Ballot, Election, elect

_HOMES = {
    "candidate": ("Candidate", "Generation", "Sampling", "Stop", "StopReason", "Usage"),
    "completer": ("Completer",),
    "decoding": ("Decoding",),
    "engine": (
        "Engine", "EngineError", "EngineUnavailable", "GenerationRequest", "ModelRefused",
        "PairingEngine", "ScoringEngine",
    ),
    "policy": ("DEFAULT_POLICY", "Policy", "Route", "Tier", "Trigger"),
    "recorded": ("RecordedEngine", "Recording", "read_recordings", "recorded_engines"),
    "request": ("Chunk", "CompletionRequest"),
    "router": ("route",),
    "scripted": ("Script", "ScriptedEngine"),
    "trace": ("Answer", "Completion", "Step"),
    "vote": ("Ballot", "Election", "elect"),
}  # fmt: skip
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "DEFAULT_POLICY",
    "Answer",
    "Ballot",
    "Candidate",
    "Chunk",
    "Completer",
    "Completion",
    "CompletionRequest",
    "Decoding",
    "Election",
    "Engine",
    "EngineError",
    "EngineUnavailable",
    "Generation",
    "GenerationRequest",
    "ModelRefused",
    "PairingEngine",
    "Policy",
    "RecordedEngine",
    "Recording",
    "Route",
    "Sampling",
    "ScoringEngine",
    "Script",
    "ScriptedEngine",
    "Step",
    "Stop",
    "StopReason",
    "Tier",
    "Trigger",
    "Usage",
    "elect",
    "read_recordings",
    "recorded_engines",
    "route",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
