"""What a process with llama.cpp in it is asked to do with model files, and what it answers."""

from __future__ import annotations

import msgspec


class Quantize(msgspec.Struct, frozen=True, tag=True):
    """Write `source` anew as `target`, in one of llama.cpp's file types."""

    source: str
    target: str
    file_type: int


class MeasureLoss(msgspec.Struct, frozen=True, tag=True):
    """Measure how well a model predicts texts, with at most this many tokens of each."""

    model: str
    texts: tuple[str, ...]
    most_tokens: int


class FitRouters(msgspec.Struct, frozen=True, tag=True):
    """Fit the routers of a mixture of experts to one text for each expert.

    `target` is a numpy array of single-precision numbers: layer, expert, width. `folder` is for
    files that are needed meanwhile.
    """

    model: str
    texts: tuple[str, ...]
    most_tokens: int
    folder: str
    target: str


class Loss(msgspec.Struct, frozen=True, tag=True):
    """What predicting a text costs: bits, the bytes that were predicted, their tokens."""

    bits: float
    bytes: int
    tokens: int

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
