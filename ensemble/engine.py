"""The one narrow interface to a language model, and the engines that need no model.

EngineError
├── EngineUnavailable   the model cannot answer now; another attempt may succeed
└── ModelRefused        this model will not work until its file or settings change
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol, runtime_checkable

import msgspec

from ensemble.candidate import Generation, Sampling, Stop
from ensemble.model_info import ModelInfo
from ensemble.prompt import Prompt


class EngineError(Exception):
    """A model could not answer. The message names the model and, where there is one, the remedy."""


class EngineUnavailable(EngineError):
    """The model cannot answer at the moment: its process died, is starting, or is overloaded."""


class ModelRefused(EngineError):
    """The model's file or settings are unusable until somebody changes them."""


class GenerationRequest(msgspec.Struct, frozen=True):
    """One question to one model.

    `samplings` has one entry per wanted candidate. `deadline` is the moment (seconds on
    `time.monotonic`'s clock) by which an answer is worth most: it orders requests and does not end
    them. `document` identifies the text that the hole was cut from (a path, a URI or a task's
    identifier).
    """

    prompt: Prompt
    samplings: tuple[Sampling, ...] = (Sampling(),)
    stop: Stop = Stop()
    deadline: float = 0.0
    document: str = ""


@runtime_checkable
class Engine(Protocol):
    """Something that proposes texts for prompts."""

    @property
    def name(self) -> str:
        """The name by which policies and traces call this model."""

    async def info(self) -> ModelInfo:
        """Describe the model, loading it if need be. Raises EngineError."""

    def generate(self, request: GenerationRequest) -> AsyncIterator[Generation]:
        """Yield the state of the generation, again and again; the last one has `done` set.

        Closing the iterator, or cancelling the task that waits in it, cancels the generation.
        Raises EngineError.
        """

    async def close(self) -> None:
        """Free what the engine holds. Generations under way raise EngineUnavailable."""
