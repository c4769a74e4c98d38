"""Putting model files into the user's folder, and taking them out."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path

import pytest

from ensemble.errors import ModelFileError, ModelRefused, WrongContent
from ensemble.model_store.keeping import Added, add_model, remove_model
from ensemble.models.default_models import default_models
from ensemble.models.kept_models import kept_models, user_model_files, user_models_folder
from tests.ensemble.model_store.local_sources import CONTENT, tiny_model, use_catalog
from tests.models import SMALL

WITHOUT_FIM = CONTENT.replace(b"fim_", b"fix_")
"""The same model, without the tokens by which a hole is told."""


@pytest.fixture(autouse=True)
def _empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user who has no model yet, and a catalog that knows one."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    use_catalog(monkeypatch, tiny_model())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A model that somebody downloaded."""
    return Path(shutil.copy(SMALL, tmp_path / "download.gguf"))


def added(file: Path, name: str = "") -> Added:
    return asyncio.run(add_model(file, name, lambda what, done, total: None))


def names() -> list[str]:
    return [file.name for file in user_model_files()]


def test_a_file_of_the_catalog_gets_the_catalogs_name(file: Path) -> None:
    found = added(file)
    assert (found.name, Path(found.file).name, found.license) == ("tiny", "tiny.gguf", "MIT")
    assert Path(default_models()["small"].path) == user_models_folder() / "tiny.gguf"
    # No second copy: it is the same file.
    assert found.how == "linked"
    assert file.samefile(found.file)


def test_a_file_that_cannot_be_linked_is_copied(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", refuse)
    found = added(file)
    assert found.how == "copied"
    assert Path(found.file).read_bytes() == CONTENT
    assert not file.samefile(found.file)
    assert names() == ["tiny.gguf"]


def test_a_stranger_keeps_its_name_or_gets_the_wanted_one(file: Path) -> None:
    file.write_bytes(CONTENT + b"\0" * 32)
    found = added(file)
    assert (found.name, found.license, names()) == ("download", "", ["download.gguf"])
    assert [model.file for model in kept_models()] == ["download.gguf"]
    other = Path(shutil.copy(file, file.with_name("other.gguf")))
    other.write_bytes(CONTENT + b"\0" * 64)
    assert Path(added(other, "mine").file).name == "mine.gguf"


def test_two_names_for_one_file_are_one_model(file: Path) -> None:
    first = added(file)
    again = added(Path(shutil.copy(file, file.with_name("again.gguf"))), "again")
    assert (again.how, again.file) == ("here", first.file)
    assert names() == ["tiny.gguf"]


def test_a_file_that_somebody_put_there_is_taken_as_it_is(file: Path) -> None:
    target = user_models_folder() / "mine.gguf"
    target.parent.mkdir(parents=True)
    file.rename(target)
    assert kept_models() == ()
    found = added(target, "mine")
    assert (found.how, found.file) == ("here", str(target))
    assert [model.file for model in kept_models()] == ["mine.gguf"]


def test_another_model_than_its_name_says_is_refused(file: Path) -> None:
    file = file.rename(file.with_name("Tiny.gguf"))
    file.write_bytes(CONTENT + b"\0" * 32)
    with pytest.raises(WrongContent, match=r"is not tiny, as the name Tiny\.gguf says\. The cat"):
        added(file)
    assert names() == []


def test_a_name_that_is_taken_is_said(file: Path) -> None:
    added(file, "mine")
    file = Path(shutil.copy(SMALL, file.with_name("other.gguf")))
    with file.open("ab") as stream:
        stream.write(b"\0" * 32)
    with pytest.raises(ModelFileError, match="is there already and is another file"):
        added(file, "mine")


REFUSED = {
    "no tokens for holes": (WITHOUT_FIM, "", "has no fill-in-the-middle tokens"),
    "no model": (b"<html>", "", "it does not begin like a GGUF file"),
    "half a model": (CONTENT[: len(CONTENT) // 2], "", "it is cut short"),
    "a path for a name": (CONTENT, "../mine", "is not the name of a file in one folder"),
    "a hidden name": (CONTENT, ".mine", "is not the name of a file in one folder"),
}


@pytest.mark.parametrize(("content", "name", "said"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_used_is_refused(content: bytes, name: str, said: str, file: Path) -> None:
    file.unlink()
    file.write_bytes(content)
    with pytest.raises((ModelRefused, ModelFileError), match=said):
        added(file, name)
    assert names() == []


def test_one_part_of_several_is_refused(file: Path) -> None:
    part = file.rename(file.with_name("big-00001-of-00003.gguf"))
    with pytest.raises(ModelFileError, match=r"is one of 3 parts of a model\. Join them"):
        added(part)
    whole = part.rename(part.with_name("model-00001-of-00001.gguf"))
    assert added(whole).name == "tiny"


@pytest.mark.parametrize("name", ["tiny", "tiny.gguf"])
def test_a_model_is_removed_by_any_of_its_names(name: str, file: Path) -> None:
    added(file)
    assert remove_model(name).name == "tiny.gguf"
    assert names() == []
    assert kept_models() == ()
    # The file that it was linked from belongs to somebody else.
    assert file.read_bytes() == CONTENT


def test_what_came_in_half_is_removed_too(file: Path) -> None:
    added(file, "mine")
    half = user_models_folder() / "tiny.gguf.part"
    half.write_bytes(CONTENT[:9])
    assert remove_model("tiny.gguf") == half
    assert names() == ["mine.gguf"]


def test_what_is_not_there_is_answered_with_what_is(file: Path) -> None:
    with pytest.raises(ModelFileError, match="which holds no model"):
        remove_model("small")
    added(file, "mine")
    with pytest.raises(ModelFileError, match="which holds mine"):
        remove_model("small")
