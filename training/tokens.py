"""The control tokens: the first entries of every vocabulary of ours, in this order."""

from __future__ import annotations

CONTROL = (
    "<|endoftext|>",
    "<|fim_prefix|>",
    "<|fim_suffix|>",
    "<|fim_middle|>",
    "<|fim_pad|>",
    "<|repo_name|>",
    "<|file_sep|>",
)
END, PREFIX, SUFFIX, MIDDLE, PAD, REPO, FILE = range(len(CONTROL))
