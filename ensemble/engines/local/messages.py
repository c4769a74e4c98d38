"""The messages between a client and the host process: JSON lines, one message each.

The host reads them from its standard input and writes them to what was its standard output.
"""

from __future__ import annotations

from typing import Any, BinaryIO

import msgspec

from ensemble.candidate import Generation, Sampling, Stop
from ensemble.engines.prompt import Prompt
from ensemble.models.info import ModelInfo
from ensemble.models.registry import ModelSpec
from ensemble.policy.decoding import Decoding


class Load(msgspec.Struct, frozen=True, tag=True):
    """Open a model, or open it again with other settings. Answered by Loaded or Refused."""

    spec: ModelSpec


class Ask(msgspec.Struct, frozen=True, tag=True):
    """Generate. Answered by any number of Update messages, the last one done, or by Failed."""

    id: int
    """What the answers to this request name; no two requests of a client share it."""
    model: str
    prompt: Prompt
    samplings: tuple[Sampling, ...]
    """One for each wanted candidate."""
    stop: Stop
    within: float | None = None
    """Seconds from now to the deadline; None marks work that nobody waits for."""
    decoding: Decoding | None = None
    """Names a second model, and how it takes part."""
    partner_prompt: Prompt | None = None
    """What the second model reads; None: the same prompt."""
    longer: Prompt | None = None
    """As in GenerationRequest."""


class Score(msgspec.Struct, frozen=True, tag=True):
    """Say how likely a model finds some texts. Answered by Scored, or by Failed."""

    id: int
    """As in Ask."""
    model: str
    prompt: Prompt
    texts: tuple[str, ...]
    """Each is scored as if it stood alone behind the prompt."""
    within: float | None = None
    """As in Ask."""


class Cancel(msgspec.Struct, frozen=True, tag=True):
    """Forget a request. Nothing more is said about it."""

    id: int


class Ready(msgspec.Struct, frozen=True, tag=True):
    """The host is up; `build` describes llama.cpp."""

    build: dict[str, Any]


class Loading(msgspec.Struct, frozen=True, tag=True):
    """A model is being opened; `fraction` goes from 0 to 1."""

    model: str
    fraction: float


class Loaded(msgspec.Struct, frozen=True, tag=True):
    """A model is open. Said again when it turns out to read faster or more slowly than was said."""

    info: ModelInfo


class Refused(msgspec.Struct, frozen=True, tag=True):
    """A model cannot be opened; `message` names the file and the remedy."""

    model: str
    message: str


class Running(msgspec.Struct, frozen=True, tag=True):
    """The host now computes with this model: whom to blame if it dies. Said again every second in
    which there is nothing else to say, so that work is not taken for a hang."""

    model: str


class Update(msgspec.Struct, frozen=True, tag=True):
    id: int
    generation: Generation


class Scored(msgspec.Struct, frozen=True, tag=True):
    """For each text the natural logarithms of the probabilities of its tokens."""

    id: int
    logprobs: tuple[tuple[float, ...], ...]


class Failed(msgspec.Struct, frozen=True, tag=True):
    """A request cannot be answered."""

    id: int
    """The number of the request."""
    message: str
    """One line for people."""
    refused: bool = False
    """Whether it never can be, with these models."""


ToHost = Load | Ask | Score | Cancel
FromHost = Ready | Loading | Loaded | Refused | Running | Update | Scored | Failed

_encoder = msgspec.json.Encoder()
to_host = msgspec.json.Decoder(ToHost)
from_host = msgspec.json.Decoder(FromHost)


def line(message: ToHost | FromHost) -> bytes:
    """Return a message as one line, line end included."""
    return _encoder.encode(message) + b"\n"


def write(stream: BinaryIO, message: FromHost) -> None:
    """Write a message at once."""
    stream.write(line(message))
    stream.flush()
