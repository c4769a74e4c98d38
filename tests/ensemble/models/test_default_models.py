"""Which models answer where nobody has configured any."""

from __future__ import annotations

from pathlib import Path

import pytest

from ensemble.models import default_models as module
from ensemble.models.default_models import default_models, known_models
from ensemble.models.kept_models import (
    forget,
    kept_hash,
    kept_models,
    remember,
    user_model_files,
    user_models_folder,
)
from ensemble.models.model_catalog import catalog_model
from ensemble.models.registry import ModelSpec, embedded_models

EMBEDDED: dict[str, ModelSpec] = {model.role: model.spec() for model in embedded_models()}
ORDER = "prefix-suffix-middle"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's folder of models, with so much memory that the models decide."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr(module, "machine_memory", lambda: 16 << 30)
    folder = user_models_folder()
    folder.mkdir(parents=True)
    return folder


def keep(folder: Path, name: str, size: int, fim: str = ORDER, sha256: str = "") -> None:
    """Put a file of this size there, as if it had been pulled or added."""
    write(folder, name, size)
    remember(folder / name, sha256 or name, fim)


def write(folder: Path, name: str, size: int) -> None:
    """Write a file of this size that takes no room."""
    with (folder / name).open("wb") as stream:
        stream.truncate(size)


def files(models: dict[str, ModelSpec]) -> dict[str, str]:
    return {name: Path(spec.path).name for name, spec in models.items()}


def test_without_a_folder_the_embedded_pair_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "nothing"))
    assert default_models() == EMBEDDED
    assert (user_model_files(), kept_models()) == ((), ())


CASES = {
    "a pair": ({"b.gguf": 2 << 30, "a.gguf": 1 << 30}, {"small": "a.gguf", "large": "b.gguf"}),
    "one": ({"a.gguf": 1 << 30}, {"small": "a.gguf"}),
    "three": (
        {"a.gguf": 1 << 30, "b.gguf": 2 << 30, "c.gguf": 3 << 30},
        {"small": "a.gguf", "large": "c.gguf"},
    ),
    "the largest does not fit": (
        {"a.gguf": 1 << 30, "b.gguf": 2 << 30, "c.gguf": 9 << 30},
        {"small": "a.gguf", "large": "b.gguf"},
    ),
    "none fits": ({"c.gguf": 9 << 30}, files(EMBEDDED)),
}


@pytest.mark.parametrize(("sizes", "expected"), CASES.values(), ids=CASES)
def test_the_users_models_answer(
    sizes: dict[str, int], expected: dict[str, str], folder: Path
) -> None:
    for name, size in sizes.items():
        keep(folder, name, size)
    assert files(default_models()) == expected


def test_what_is_not_known_to_complete_is_not_taken(folder: Path) -> None:
    keep(folder, "chat.gguf", 1 << 30, fim="")
    write(folder, "stranger.gguf", 1 << 30)
    (folder / "notes.txt").touch()
    assert default_models() == EMBEDDED
    assert [file.name for file in user_model_files()] == ["chat.gguf", "stranger.gguf"]


def test_a_file_of_the_catalog_needs_no_adding(folder: Path) -> None:
    model = catalog_model("qwen2.5-coder-0.5b-instruct")
    write(folder, model.file, model.bytes)
    assert files(default_models()) == {"small": model.file}
    # Nobody has read it, so nobody knows what it is.
    assert kept_hash(folder / model.file) == ""
    write(folder, model.file, model.bytes - 1)
    assert default_models() == EMBEDDED


def test_one_file_under_two_names_is_one_model(folder: Path) -> None:
    keep(folder, "a.gguf", 1 << 30, sha256="same")
    keep(folder, "b.gguf", 1 << 30, sha256="same")
    assert list(default_models()) == ["small"]


def test_what_was_found_out_holds_until_the_file_changes(folder: Path) -> None:
    keep(folder, "a.gguf", 5, sha256="hash")
    assert kept_hash(folder / "a.gguf") == "hash"
    assert kept_hash(folder.parent / "a.gguf") == ""
    write(folder, "a.gguf", 6)
    assert kept_hash(folder / "a.gguf") == ""


def test_what_is_removed_is_forgotten(folder: Path) -> None:
    for name in ("a.gguf", "b.gguf"):
        keep(folder, name, 5)
    (folder / "a.gguf").unlink()
    forget(folder / "b.gguf")
    (folder / "b.gguf").unlink()
    write(folder, "a.gguf", 5)
    write(folder, "b.gguf", 5)
    assert kept_models() == ()


def test_a_broken_record_is_no_record(folder: Path) -> None:
    keep(folder, "a.gguf", 5)
    (folder / "kept.json").write_text("{")
    assert default_models() == EMBEDDED


def test_a_configured_model_takes_the_name_of_a_default_one() -> None:
    own = ModelSpec("small", "/mine.gguf")
    other = ModelSpec("other", url="http://127.0.0.1:1")
    models = known_models({"small": own, "other": other})
    assert list(models) == ["small", "large", "other"]
    assert models["small"] is own
    assert other.remote
    assert not own.remote
