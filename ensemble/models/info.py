"""What a model file says of itself, as far as prompts and the registry need it."""

from __future__ import annotations

from typing import Literal

import msgspec


class FimTokens(msgspec.Struct, frozen=True):
    """The texts of a vocabulary's fill-in-the-middle control tokens; "" where it has none."""

    prefix: str = ""
    """Stands before the text before the hole."""
    suffix: str = ""
    """Stands before the text after the hole."""
    middle: str = ""
    """Stands where the model is to write."""
    pad: str = ""
    """Fills up texts in training; a model that writes it has finished."""
    repo: str = ""
    """Stands before the name of the repository."""
    file_sep: str = ""
    """Separates the files of the context."""
    order: Literal["prefix-suffix-middle", "suffix-prefix-middle"] = "prefix-suffix-middle"
    """The order in which the model was trained to read the pieces."""

    @property
    def usable(self) -> bool:
        """Whether a hole can be filled. With the suffix first, the middle needs no token: it
        continues the prefix."""
        needs_middle = self.order == "prefix-suffix-middle"
        return bool(self.prefix and self.suffix and (self.middle or not needs_middle))


class ModelInfo(msgspec.Struct, frozen=True):
    """A model that has been opened."""

    name: str
    """By which policies and traces call it."""
    path: str = ""
    """The GGUF file, or the URL of the server without credentials."""
    architecture: str = ""
    """As llama.cpp names it."""
    description: str = ""
    """The name that the file gives itself, or what stands for it."""
    parameters: int = 0
    """How many weights the model has."""
    bytes: int = 0
    """How much memory the weights take."""
    vocabulary: int = 0
    """How many tokens there are."""
    context: int = 2048
    """How many tokens a prompt and its answer may have together."""
    fim: FimTokens = FimTokens()
    """The control tokens for holes and files, and their order."""
    bos: str = ""
    """The text of the token that must begin every prompt, or ""."""
    chat_template: str = ""
    """Jinja source, "" if the file has none."""
    tokenizer: str = ""
    """llama.cpp's name of how texts are split before they become tokens."""
    device: str = "cpu"
    """Where it runs: "cpu", "gpu" or "remote"."""
    prefill_speed: float = 0.0
    """How many tokens of a prompt it reads in a second on this machine, as measured; 0 if nobody
    has measured it."""

    def asked_otherwise(self, other: ModelInfo) -> bool:
        """Tell whether this model wants another prompt than `other` for the same hole."""
        return (self.fim, self.bos, self.chat_template, self.context) != (
            other.fim, other.bos, other.chat_template, other.context
        )  # fmt: skip
