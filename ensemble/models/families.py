"""Facts about model families that their GGUF files do not carry.

llama.cpp finds the common fill-in-the-middle tokens by name. It cannot know the order that a family
was trained in, how it marks files, or which look-alike tokens were never trained. The sources are
the families' own papers and model cards; a wrong template costs more quality than any model choice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import msgspec

from ensemble.models.info import FimTokens, ModelInfo

_SUFFIX_FIRST: Literal["suffix-prefix-middle"] = "suffix-prefix-middle"


class Headings(StrEnum):
    """How a family tells one file of its context from the next."""

    SEPARATOR_BEFORE = "separator-before"
    """`<sep>PATH`, the file; the file with the hole is marked alike, before its first token."""
    SEPARATOR_OUTSIDE = "separator-outside"
    """The same, but the path of the file with the hole stands behind its prefix token."""
    SEPARATOR_BETWEEN = "separator-between"
    """`PATH`, the file, `<sep>`; then the path of the file with the hole."""
    PATH_COMMENTS = "path-comments"
    """A comment that is only the path, then the file's text, all within the prefix."""
    PLUS_SIGNS = "plus-signs"
    """`+++++ PATH`, then the file's text, all within the prefix."""
    COMMENTED_OUT = "commented-out"
    """The family saw single files only: context is a comment at the beginning of the prefix."""


@dataclass(frozen=True, slots=True)
class Family:
    """What models of one origin have in common."""

    name: str
    fim: FimTokens
    """The control tokens for holes and files, and their order."""
    names: tuple[str, ...] = ()
    """Parts of a model's name, by which it is told from families with the same tokens; empty where
    the tokens suffice."""


FAMILIES = (
    # Mellum (arXiv 2510.05788) has StarCoder's tokens but puts the suffix first.
    Family(
        "mellum",
        FimTokens(
            "<fim_prefix>", "<fim_suffix>", "<fim_middle>", "<fim_pad>", "", "<filename>",
            order=_SUFFIX_FIRST,
        ),
        names=("mellum",),
    ),
    # StarCoder 2 (arXiv 2402.19173, section 5.1).
    Family(
        "starcoder2",
        FimTokens(
            "<fim_prefix>", "<fim_suffix>", "<fim_middle>", "<fim_pad>", "<repo_name>", "<file_sep>"
        ),
    ),
    # StarCoder, Refact, Granite Code, Stable Code: one file at a time. `<reponame>` and
    # `<filename>` exist, but several files never stood in one training text.
    Family(
        "starcoder", FimTokens("<fim_prefix>", "<fim_suffix>", "<fim_middle>", "<fim_pad>")
    ),
    Family(
        "santacoder", FimTokens("<fim-prefix>", "<fim-suffix>", "<fim-middle>", "<fim-pad>")
    ),
    # Qwen2.5-Coder (arXiv 2409.12186) and the models that took over its tokens.
    Family(
        "qwen-coder",
        FimTokens(
            "<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "<|fim_pad|>",
            "<|repo_name|>", "<|file_sep|>",
        ),
    ),
    # CodeGemma (arXiv 2406.11409, figure 2).
    Family(
        "codegemma",
        FimTokens(
            "<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", file_sep="<|file_separator|>"
        ),
    ),
    # Granite 4.
    Family(
        "granite", FimTokens("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "<|fim_pad|>")
    ),
    # DeepSeek-Coder (arXiv 2401.14196). "Hole" is where the suffix begins.
    Family("deepseek-coder", FimTokens("<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>")),
    # Code Llama (arXiv 2308.12950).
    Family("codellama", FimTokens("▁<PRE>", "▁<SUF>", "▁<MID>")),
    # Seed-Coder (arXiv 2506.03524).
    Family(
        "seed-coder",
        FimTokens("<[fim-prefix]>", "<[fim-suffix]>", "<[fim-middle]>", order=_SUFFIX_FIRST),
    ),
    # Other Mistral models have these tokens too, but were not trained on them. There is no token
    # before the middle: it simply continues the prefix.
    Family(
        "codestral",
        FimTokens("[PREFIX]", "[SUFFIX]", order=_SUFFIX_FIRST),
        names=("codestral",),
    ),
    Family(
        "codegeex",
        FimTokens(
            "<|code_prefix|>", "<|code_suffix|>", "<|code_middle|>", order=_SUFFIX_FIRST
        ),
        names=("codegeex",),
    ),
)  # fmt: skip

_HEADINGS_OF_SEPARATOR = {
    "<file_sep>": Headings.SEPARATOR_OUTSIDE,
    "<|file_separator|>": Headings.SEPARATOR_BETWEEN,
}
_HEADINGS_OF_PREFIX = {
    "<｜fim▁begin｜>": Headings.PATH_COMMENTS,
    "[PREFIX]": Headings.PLUS_SIGNS,
}


def with_family_facts(info: ModelInfo, has_token: Callable[[str], bool]) -> ModelInfo:
    """Return `info` with the control tokens of the first family that fits its vocabulary.

    `has_token` tells whether a text is the name of one control token. Tokens that the file
    declares and no family knows are left as they are; so is a declared suffix-first order.
    """
    for family in FAMILIES:
        if _fits(family, info, has_token):
            pad = family.fim.pad if has_token(family.fim.pad) else ""
            order = _SUFFIX_FIRST if info.fim.order == _SUFFIX_FIRST else family.fim.order
            fim = msgspec.structs.replace(family.fim, pad=info.fim.pad or pad, order=order)
            return msgspec.structs.replace(info, fim=fim)
    return info


def headings_of(fim: FimTokens) -> Headings:
    """Return how a model with these control tokens marks the files of its context."""
    if fim.file_sep:
        return _HEADINGS_OF_SEPARATOR.get(fim.file_sep, Headings.SEPARATOR_BEFORE)
    return _HEADINGS_OF_PREFIX.get(fim.prefix, Headings.COMMENTED_OUT)


def _fits(family: Family, info: ModelInfo, has_token: Callable[[str], bool]) -> bool:
    known_as = f"{info.name} {info.description} {info.path}".lower()
    if family.names and not any(name in known_as for name in family.names):
        return False
    if info.fim.prefix not in ("", family.fim.prefix):
        return False
    fim = family.fim
    needed = (fim.prefix, fim.suffix, fim.middle, fim.repo, fim.file_sep)
    return all(has_token(token) for token in needed if token)
