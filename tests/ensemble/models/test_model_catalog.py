"""The catalog of models that can be had."""

from __future__ import annotations

import re

import pytest

from ensemble.errors import ModelFileError
from ensemble.models.families import FAMILIES
from ensemble.models.model_catalog import (
    CatalogModel,
    catalog_model,
    catalog_models,
    default_pair,
    model_with_file,
    model_with_hash,
)

ALL = catalog_models()


@pytest.mark.parametrize("model", ALL, ids=lambda model: model.name)
def test_an_entry_says_what_a_user_must_know(model: CatalogModel) -> None:
    assert re.fullmatch(r"[0-9a-f]{64}", model.sha256)
    assert re.fullmatch(r"main|[0-9a-f]{40}", model.hub.revision)
    assert re.fullmatch(r"[\w.-]+/[\w.-]+", model.hub.repository)
    assert model.file.endswith(".gguf")
    assert model.fim in {family.fim.order for family in FAMILIES}
    assert model.tiers
    # From 4 to 9 bits of each weight.
    assert 4 / 8 < model.bytes / model.parameters < 9 / 8
    assert model.bytes < model.memory < 1.5 * model.bytes + 1e9
    # What may not be used at work says so in words.
    assert model.commercial or "commercial" in model.restrictions


@pytest.mark.parametrize("field", ["name", "file", "sha256"])
def test_no_two_entries_share(field: str) -> None:
    values = [getattr(model, field).lower() for model in ALL]
    assert len(set(values)) == len(values)


def test_the_pair_is_free_small_first_and_has_a_second_source() -> None:
    small, large = default_pair()
    assert small.bytes < large.bytes
    assert ("small" in small.tiers, "large" in large.tiers) == (True, True)
    assert small.vocabulary == large.vocabulary
    assert all(model.commercial and model.packages for model in (small, large))
    assert [model.parts for model in (small, large)] == [6, 22]


@pytest.mark.parametrize(
    "name",
    [
        "qwen2.5-coder-0.5b-instruct",
        "qwen2.5-coder-0.5b-instruct-q4_k_m",
        "Qwen2.5-Coder-0.5B-Instruct-Q4_K_M.gguf",
    ],
)
def test_a_model_is_found_by_its_name_and_its_files(name: str) -> None:
    assert catalog_model(name) is default_pair()[0]


def test_an_unknown_name_is_answered_with_those_that_come_near() -> None:
    with pytest.raises(ModelFileError, match=r"qwen2\.5-coder-0\.5b-base") as refusal:
        catalog_model("qwen-coder-0.5b")
    assert "codestral" not in str(refusal.value)


def test_a_file_is_told_by_its_hash_and_only_guessed_by_its_name() -> None:
    small = default_pair()[0]
    assert model_with_hash(small.sha256) is small
    assert model_with_hash("0" * 64) is None
    assert model_with_file(small.file.upper()) is small
    assert model_with_file("other.gguf") is None
