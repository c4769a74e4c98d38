"""What a process with llama.cpp in it is asked to do with model files, and what it answers."""

from __future__ import annotations

import msgspec


class Quantize(msgspec.Struct, frozen=True, tag=True):
    """Write a model file anew."""

    source: str
    """The path of a GGUF file."""
    target: str
    """Where the new one goes."""
    file_type: int
    """A number of llama.cpp's `llama_ftype`."""


class MeasureLoss(msgspec.Struct, frozen=True, tag=True):
    """Measure how well a model predicts texts."""

    model: str
    """The path of a GGUF file."""
    texts: tuple[str, ...]
    most_tokens: int
    """How much of each text is read."""


class RecordRouterInputs(msgspec.Struct, frozen=True, tag=True):
    """Record what enters each layer's feed-forward block while a model reads a text."""

    model: str
    """The path of a GGUF file."""
    text: str
    most_tokens: int
    """How much of the text is read."""
    target: str
    """Where the record goes: a numpy array of half-precision numbers, (layer, token, width)."""


class FitRouters(msgspec.Struct, frozen=True, tag=True):
    """Fit the routers of a mixture of experts to one text for each expert."""

    model: str
    """The path of the dense GGUF file that the experts come from."""
    texts: tuple[str, ...]
    """In the order of the experts."""
    most_tokens: int
    """How much of each text is read."""
    folder: str
    """Where files go that are needed meanwhile."""
    target: str
    """Where the routers go: a numpy array of single-precision numbers, (layer, expert, width)."""


class Loss(msgspec.Struct, frozen=True, tag=True):
    """What predicting a text costs."""

    bits: float
    bytes: int
    """How much text was predicted: all but the first token of each window."""
    tokens: int
    """The same in tokens."""

    @property
    def bits_per_byte(self) -> float:
        return self.bits / self.bytes


class Losses(msgspec.Struct, frozen=True, tag=True):
    """One loss for each text."""

    losses: tuple[Loss, ...]


class Fitted(msgspec.Struct, frozen=True, tag=True):
    """The routers are in the file. For each layer, the part of the tokens which they were not
    fitted to and whose own expert is ranked first."""

    accuracy: tuple[float, ...]


class Written(msgspec.Struct, frozen=True, tag=True):
    """The file is there."""


class JobFailed(msgspec.Struct, frozen=True, tag=True):
    """llama.cpp refused; the message is one line."""

    message: str


Job = Quantize | MeasureLoss | RecordRouterInputs | FitRouters
Outcome = Written | Losses | Fitted | JobFailed
