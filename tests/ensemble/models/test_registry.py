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
