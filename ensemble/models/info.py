"""What a model file says of itself, as far as prompts and the registry need it."""

from __future__ import annotations

from typing import Literal

import msgspec


class FimTokens(msgspec.Struct, frozen=True):
    """The texts of a vocabulary's fill-in-the-middle control tokens; "" where it has none."""

    prefix: str = ""
    suffix: str = ""
    middle: str = ""
    pad: str = ""
    repo: str = ""
    file_sep: str = ""
    order: Literal["prefix-suffix-middle", "suffix-prefix-middle"] = "prefix-suffix-middle"

    @property
    def usable(self) -> bool:
        """Whether a hole can be filled. With the suffix first, the middle needs no token: it
        continues the prefix."""
        needs_middle = self.order == "prefix-suffix-middle"
        return bool(self.prefix and self.suffix and (self.middle or not needs_middle))


class ModelInfo(msgspec.Struct, frozen=True):
    """A model that has been opened. `context` is the number of tokens a prompt and its answer
    may have together; `parameters` and `bytes` are counts; `chat_template` is Jinja source."""

    name: str
    path: str = ""
    architecture: str = ""
    description: str = ""
    parameters: int = 0
    bytes: int = 0
    vocabulary: int = 0
    context: int = 2048
    fim: FimTokens = FimTokens()
    bos: str = ""
    """The text of the token that must begin every prompt, or ""."""
    chat_template: str = ""
    tokenizer: str = ""
    device: str = "cpu"

    def asked_otherwise(self, other: ModelInfo) -> bool:
        """Tell whether this model wants another prompt than `other` for the same hole."""
        return (self.fim, self.bos, self.chat_template, self.context) != (
            other.fim, other.bos, other.chat_template, other.context
        )  # fmt: skip
