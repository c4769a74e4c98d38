"""Model files that other programs keep, in the folders as they lay them out."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from ensemble.model_store.finding import found_models, identified
from ensemble.models.model_catalog import catalog_model
from tests.ensemble.model_store.local_sources import tiny_model, use_catalog

SHA = "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32"
OLLAMA_LAYER = "application/vnd.ollama.image.model"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home of a user who has set no folders."""
    for name in ("LLAMA_CACHE", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME", "LOCALAPPDATA",
                 "OLLAMA_MODELS", "XDG_CACHE_HOME"):  # fmt: skip
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    return tmp_path


def write(file: Path, content: bytes = b"GGUF") -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file


def hub_file(cache: Path, repository: str, name: str, blob: str) -> Path:
    """Lay out a file as the hub's clients and llama.cpp do; return its name in the snapshot."""
    folder = cache / f"models--{repository.replace('/', '--')}"
    stored = write(folder / "blobs" / blob)
    link = folder / "snapshots" / "f86cb2c" / name
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(os.path.relpath(stored, link.parent))
    return link


def ollama(root: Path, where: str, *digests: str, media_type: str = OLLAMA_LAYER) -> None:
    layers = [{"mediaType": media_type, "digest": f"sha256:{digest}"} for digest in digests]
    write(root / "manifests" / where, json.dumps({"layers": layers}).encode())
    for digest in digests:
        write(root / "blobs" / f"sha256-{digest}")


def found() -> list[tuple[str, str, str]]:
    return [(model.program, model.title, model.catalog_name) for model in found_models()]


def test_nothing_is_found_where_nothing_is(home: Path) -> None:
    assert [model for model in found_models() if model.file.startswith(str(home))] == []


CACHES = {
    "the usual place": ({}, ".cache/huggingface/hub"),
    "HF_HOME": ({"HF_HOME": "hf"}, "hf/hub"),
    "HF_HUB_CACHE": ({"HF_HUB_CACHE": "elsewhere"}, "elsewhere"),
    "LLAMA_CACHE": ({"LLAMA_CACHE": "llama"}, "llama"),
    "XDG_CACHE_HOME": ({"XDG_CACHE_HOME": "cache"}, "cache/huggingface/hub"),
}


@pytest.mark.parametrize(("variables", "folder"), CACHES.values(), ids=CACHES)
def test_the_hubs_cache_names_files_by_their_hash(
    variables: dict[str, str], folder: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, str(home / value))
    link = hub_file(home / folder, "Qwen/Some-GGUF", "q4.gguf", SHA)
    hub_file(home / folder, "Qwen/Some-GGUF", "mmproj-q8.gguf", "0" * 64)
    hub_file(home / folder, "Qwen/Some-GGUF", "big-00002-of-00003.gguf", "1" * 64)
    write(home / folder / "models--Qwen--Some-GGUF" / "blobs" / "half.incomplete")
    assert found() == [("hub cache", "Qwen/Some-GGUF/q4.gguf", "qwen2.5-coder-0.5b-instruct")]
    assert found_models()[0].file == str(link)


def test_a_file_in_several_snapshots_is_one(home: Path) -> None:
    cache = home / ".cache" / "huggingface" / "hub"
    link = hub_file(cache, "a/b", "x.gguf", SHA)
    again = link.parent.parent / "other" / "x.gguf"
    again.parent.mkdir()
    again.symlink_to(link.readlink())
    assert len(found()) == 1


def test_llama_cpps_old_cache_is_flat(home: Path) -> None:
    write(home / ".cache" / "llama.cpp" / "ggml-org_Q-GGUF_q8.gguf")
    write(home / ".cache" / "llama.cpp" / "ggml-org_Q-GGUF_q8.gguf.etag")
    assert found() == [("llama.cpp", "ggml-org_Q-GGUF_q8", "")]


def test_ollamas_manifests_name_blobs(home: Path) -> None:
    root = home / ".ollama" / "models"
    ollama(root, "registry.ollama.ai/library/qwen2.5-coder/1.5b-base", "a" * 64)
    ollama(root, "hf.co/Qwen/Some-GGUF/Q4_K_M", SHA)
    ollama(root, "registry.ollama.ai/library/cloud/latest", "b" * 64, media_type="other")
    write(root / "manifests" / "broken" / "x" / "y", b"{")
    write(root / "manifests" / "list" / "x" / "y", b"[]")
    assert found() == [
        ("Ollama", "Qwen/Some-GGUF:Q4_K_M", "qwen2.5-coder-0.5b-instruct"),
        ("Ollama", "qwen2.5-coder:1.5b-base", ""),
    ]


def test_a_blob_that_is_missing_is_left_out(home: Path) -> None:
    root = home / ".ollama" / "models"
    ollama(root, "hf.co/Qwen/Some-GGUF/Q4_K_M", SHA)
    (root / "blobs" / f"sha256-{SHA}").unlink()
    assert found() == []


def test_lm_studio_keeps_plain_files_where_it_says(home: Path) -> None:
    studio = home / "studio"
    write(home / ".lmstudio-home-pointer", f"{studio}\n".encode())
    settings = json.dumps({"downloadsFolder": str(home / "big-disk")})
    write(studio / "settings.json", settings.encode())
    write(studio / "models" / "publisher" / "repository" / "x.gguf")
    write(home / "big-disk" / "publisher" / "other" / "Y.GGUF")
    assert found() == [
        ("LM Studio", "publisher/repository/x.gguf", ""),
        ("LM Studio", "publisher/other/Y.GGUF", ""),
    ]


def test_only_what_has_the_size_of_a_known_model_is_read(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = b"a model"
    use_catalog(monkeypatch, tiny_model(content=content))
    write(home / ".lmstudio" / "models" / "p" / "r" / "same-size.gguf", content)
    write(home / ".lmstudio" / "models" / "p" / "r" / "stranger.gguf", b"another size")
    models = [identified(model) for model in found_models()]
    assert [model.sha256 for model in models] == [hashlib.sha256(content).hexdigest(), ""]
    assert [model.catalog_name for model in models] == ["tiny", ""]


def test_the_hash_in_these_tests_is_the_catalogs() -> None:
    assert catalog_model("qwen2.5-coder-0.5b-instruct").sha256 == SHA
