"""A model is what its files, their opening and our code make of it, whatever its name."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest

from ensemble.evaluation.cache import model_identity as identities
from ensemble.evaluation.cache.generation_cache import GenerationCache
from ensemble.evaluation.cache.model_identity import model_identity
from ensemble.models.registry import Adapter, ModelSpec


@pytest.fixture
def spec(tmp_path: Path) -> ModelSpec:
    (tmp_path / "one.gguf").write_bytes(b"weights")
    (tmp_path / "same.gguf").write_bytes(b"weights")
    (tmp_path / "other.gguf").write_bytes(b"WEIGHTS")
    return ModelSpec("one", str(tmp_path / "one.gguf"))


ALIKE = {
    "another name": {"name": "two"},
    "the same file elsewhere": {"path": "same.gguf"},
    "what it is said to be good at": {"skills": ("go",)},
}
DIFFERENT = {
    "another file": {"path": "other.gguf"},
    "another context": {"context": 1024},
    "another cache": {"kv_type": "q8_0"},
    "an adapter": {"adapters": (Adapter("other.gguf"),)},
    "a server": {"path": "", "url": "http://127.0.0.1:8080/v1"},
}


def changed(spec: ModelSpec, change: dict[str, object]) -> ModelSpec:
    """Return a changed specification, with paths beside the first file."""
    folder = Path(spec.path).parent
    found = msgspec.structs.replace(spec, **change)
    if "path" in change and found.path:
        found = msgspec.structs.replace(found, path=str(folder / found.path))
    adapters = tuple(Adapter(str(folder / one.path), one.scale) for one in found.adapters)
    return msgspec.structs.replace(found, adapters=adapters)


@pytest.mark.parametrize("change", ALIKE.values(), ids=ALIKE)
def test_the_same_model(spec: ModelSpec, change: dict[str, object]) -> None:
    known = GenerationCache()
    assert model_identity(changed(spec, change), known) == model_identity(spec, known)


@pytest.mark.parametrize("change", DIFFERENT.values(), ids=DIFFERENT)
def test_another_model(spec: ModelSpec, change: dict[str, object]) -> None:
    known = GenerationCache()
    assert model_identity(changed(spec, change), known) != model_identity(spec, known)


def test_the_factor_of_an_adapter_and_its_file_count(spec: ModelSpec) -> None:
    known = GenerationCache()
    choices = [("other.gguf", 1.0), ("other.gguf", 0.5), ("same.gguf", 1.0)]
    made = [changed(spec, {"adapters": (Adapter(*choice),)}) for choice in choices]
    assert len({model_identity(one, known) for one in made}) == len(choices)


def test_a_changed_file_is_another_model(spec: ModelSpec) -> None:
    known = GenerationCache()
    before = model_identity(spec, known)
    Path(spec.path).write_bytes(b"WEIGHTS")
    assert model_identity(spec, known) != before


def test_an_unchanged_file_is_read_once(spec: ModelSpec, tmp_path: Path) -> None:
    before = model_identity(spec, GenerationCache(tmp_path))
    facts = Path(spec.path).stat()
    # What cannot be seen without reading is not seen, which proves that nothing was read.
    Path(spec.path).write_bytes(b"WEIGHTS")
    os.utime(spec.path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    assert model_identity(spec, GenerationCache(tmp_path)) == before


def test_another_llama_cpp_is_asked_anew(spec: ModelSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    known = GenerationCache()
    before = model_identity(spec, known)
    identities._decoder.cache_clear()
    monkeypatch.setattr(identities, "_llama_version", lambda: "0.0.0")
    try:
        assert model_identity(spec, known) != before
    finally:
        identities._decoder.cache_clear()


def test_a_file_that_cannot_be_read_has_no_identity(spec: ModelSpec) -> None:
    assert model_identity(changed(spec, {"path": "absent.gguf"}), GenerationCache()) is None
