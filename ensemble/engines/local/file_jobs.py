"""What a process with llama.cpp in it is asked to do with model files, and what it answers."""

from __future__ import annotations

import msgspec


class Quantize(msgspec.Struct, frozen=True, tag=True):
    """Write a model anew in another type. Answered by Written."""

    source: str
    """The path of the model."""
    target: str
    """The path of the new file."""
    file_type: int
    """The number of one of llama.cpp's file types."""


class MeasureLoss(msgspec.Struct, frozen=True, tag=True):
    """Measure how well a model predicts texts. Answered by Losses."""

    model: str
    """The path of the model."""
    texts: tuple[str, ...]
    """The texts to predict."""
    most_tokens: int
    """How many tokens of each text are read at most."""


class FitRouters(msgspec.Struct, frozen=True, tag=True):
    """Fit the routers of a mixture of experts to one text for each expert. Answered by Fitted."""

    model: str
    """The path of the mixture."""
    texts: tuple[str, ...]
    """One text of each expert's domain, in the order of the experts."""
    most_tokens: int
    """How many tokens of each text are read at most."""
    folder: str
    """Where files that are needed meanwhile may lie."""
    target: str
    """The path of the routers that are written: a numpy array of single-precision numbers of the
    shape (layers, experts, width)."""


class Loss(msgspec.Struct, frozen=True, tag=True):
    """What predicting a text costs."""

    bits: float
    """The sum of −log2 p over the tokens."""
    bytes: int
    """The bytes that were predicted."""
    tokens: int
    """The tokens that were predicted."""

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


Job = Quantize | MeasureLoss | FitRouters
Outcome = Written | Losses | Fitted | JobFailed
