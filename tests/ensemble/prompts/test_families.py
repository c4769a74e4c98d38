"""Families are recognized by their vocabulary, and by name where others share it."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from ensemble.models.families import FAMILIES, Family, Headings, headings_of, with_family_facts
from ensemble.models.info import FimTokens, ModelInfo

STARCODER = FimTokens("<fim_prefix>", "<fim_suffix>", "<fim_middle>", repo="<reponame>")
QWEN = FimTokens("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>")


@dataclass(frozen=True)
class Case:
    """A model file: its name, what llama.cpp found in it, all its tokens, and its family."""

    name: str
    found: FimTokens
    tokens: str
    family: str
    headings: Headings


CASES = (
    Case("StarCoder2-3B", STARCODER,
         "<fim_prefix> <fim_suffix> <fim_middle> <fim_pad> <repo_name> <file_sep>",
         "starcoder2", Headings.SEPARATOR_OUTSIDE),
    Case("granite-3b-code", STARCODER,
         "<fim_prefix> <fim_suffix> <fim_middle> <fim_pad> <reponame> <filename>",
         "starcoder", Headings.COMMENTED_OUT),
    Case("Mellum-4b-base", STARCODER,
         "<fim_prefix> <fim_suffix> <fim_middle> <fim_pad> <reponame> <filename>",
         "mellum", Headings.SEPARATOR_BEFORE),
    Case("codegemma-2b", QWEN,
         "<|fim_prefix|> <|fim_suffix|> <|fim_middle|> <|file_separator|>",
         "codegemma", Headings.SEPARATOR_BETWEEN),
    Case("Qwen2.5-Coder-1.5B", QWEN,
         "<|fim_prefix|> <|fim_suffix|> <|fim_middle|> <|fim_pad|> <|repo_name|> <|file_sep|>",
         "qwen-coder", Headings.SEPARATOR_BEFORE),
    Case("granite-4.0-h", QWEN,
         "<|fim_prefix|> <|fim_suffix|> <|fim_middle|> <|fim_pad|> <|filename|>",
         "granite", Headings.COMMENTED_OUT),
    Case("CodeLlama-7b", FimTokens(), "▁<PRE> ▁<SUF> ▁<MID> ▁<EOT>",
         "codellama", Headings.COMMENTED_OUT),
    Case("Codestral-22B-v0.1", FimTokens(), "[PREFIX] [SUFFIX] [MIDDLE] [INST]",
         "codestral", Headings.PLUS_SIGNS),
    Case("Mistral-Nemo", FimTokens(), "[PREFIX] [SUFFIX] [MIDDLE] [INST]",
         "", Headings.COMMENTED_OUT),
    Case("Seed-Coder-8B", FimTokens(), "<[fim-prefix]> <[fim-suffix]> <[fim-middle]>",
         "seed-coder", Headings.COMMENTED_OUT),
    Case("deepseek-coder-1.3b", FimTokens(), "<｜fim▁begin｜> <｜fim▁hole｜> <｜fim▁end｜>",
         "deepseek-coder", Headings.PATH_COMMENTS),
    Case("Llama-3-8B", FimTokens(), "<|begin_of_text|> <|eot_id|>", "", Headings.COMMENTED_OUT),
)  # fmt: skip


def family_named(name: str) -> Family:
    return next(family for family in FAMILIES if family.name == name)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_recognized(case: Case) -> None:
    tokens = set(case.tokens.split())
    info = with_family_facts(
        ModelInfo(case.name, description=case.name, fim=case.found), tokens.__contains__
    )
    expected = family_named(case.family).fim if case.family else case.found
    wanted = ("prefix", "suffix", "middle", "repo", "file_sep", "order")
    assert [getattr(info.fim, field) for field in wanted] == [
        getattr(expected, field) for field in wanted
    ]
    assert info.fim.usable is bool(case.family)
    assert headings_of(info.fim) is case.headings
    assert info.fim.pad in {"", *tokens}


def test_what_a_file_declares_is_not_overruled() -> None:
    own = FimTokens("<before>", "<after>", "<fill>")
    info = ModelInfo("own", fim=own)
    assert with_family_facts(info, lambda token: True) == info
    ours = ModelInfo("ours", fim=FimTokens(QWEN.prefix, order="suffix-prefix-middle"))
    assert with_family_facts(ours, lambda token: True).fim.order == "suffix-prefix-middle"
