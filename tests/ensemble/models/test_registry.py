"""Which models there are."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from ensemble.errors import ModelRefused
from ensemble.models.registry import (
    EmbeddedModel,
    ModelSpec,
    embedded_models,
    known_models,
    user_model_files,
    user_models_folder,
    verify_embedded,
)


@pytest.mark.parametrize("model", embedded_models(), ids=lambda model: model.role)
def test_the_manifest_describes_what_is_there(model: EmbeddedModel) -> None:
    verify_embedded(model)
    assert model.path.stat().st_size == model.bytes
    assert model.spec() == ModelSpec(model.role, str(model.path))


def test_the_manifest_lists_every_embedded_file() -> None:
    folder = embedded_models()[0].path.parent
    listed = {model.file for model in embedded_models()}
    assert listed == {file.name for file in folder.glob("*.gguf")}


@pytest.mark.parametrize(
    ("content", "message"), [(None, "cannot be read"), (b"other", "differs from the published")]
)
def test_a_damaged_embedded_model_is_named(
    content: bytes | None, message: str, tmp_path: Path
) -> None:
    file = tmp_path / "model.gguf"
    if content is not None:
        file.write_bytes(content)
    # An absolute file name replaces the folder of the embedded models.
    model = msgspec.structs.replace(embedded_models()[0], file=str(file))
    with pytest.raises(ModelRefused) as refusal:
        verify_embedded(model)
    assert str(refusal.value).startswith(f"{file}: {message}")
    assert str(refusal.value).endswith("Install the coterie package again.")


def test_a_configured_model_takes_the_name_of_an_embedded_one() -> None:
    own = ModelSpec("small", "/mine.gguf")
    other = ModelSpec("other", url="http://127.0.0.1:1")
    models = known_models({"small": own, "other": other})
    assert list(models) == ["small", "large", "other"]
    assert models["small"] is own
    assert other.remote
    assert not own.remote


def test_files_in_the_users_folder_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert user_model_files() == ()
    folder = user_models_folder()
    folder.mkdir(parents=True)
    (folder / "b.gguf").touch()
    (folder / "a.gguf").touch()
    (folder / "notes.txt").touch()
    assert [file.name for file in user_model_files()] == ["a.gguf", "b.gguf"]
