"""Models in one file: out of one user's folder, into another's."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from ensemble.errors import ModelFileError
from ensemble.model_store.bundle import BundledModel, export_bundle, import_bundle
from ensemble.model_store.part_files import folder_for_writing
from ensemble.models.kept_models import kept_models, remember, user_models_folder
from tests.ensemble.model_store.local_sources import CONTENT, tiny_model, use_catalog

OTHER = CONTENT + b"\0" * 32
ORDER = "suffix-prefix-middle"
CONTENTS = {"tiny.gguf": CONTENT, "mine.gguf": OTHER}


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Become the user of this name."""
    use_catalog(monkeypatch, tiny_model())

    def become(name: str) -> None:
        monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / name))

    return become


@pytest.fixture
def bundle(user: Callable[[str], None], tmp_path: Path) -> Path:
    """A bundle that the user "first" made; the current one is "second"."""
    user("first")
    with folder_for_writing() as folder:
        for name, content in CONTENTS.items():
            (folder / name).write_bytes(content)
            remember(folder / name, hashlib.sha256(content).hexdigest(), ORDER)
    out = tmp_path / "bundle.tar"
    exported(out)
    user("second")
    return out


def quiet(what: str, done: int, total: int) -> None:
    """Show no progress."""


def exported(out: Path, *names: str) -> tuple[BundledModel, ...]:
    return export_bundle(names, out, quiet)


def imported(bundle: Path) -> tuple[BundledModel, ...]:
    return import_bundle(bundle, quiet)


def files() -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in user_models_folder().glob("*.gguf*")}


def test_models_arrive_as_they_left(bundle: Path) -> None:
    models = imported(bundle)
    assert {model.file: model.license for model in models} == {"tiny.gguf": "MIT", "mine.gguf": ""}
    assert files() == CONTENTS
    assert {model.file: model.fim for model in kept_models()} == dict.fromkeys(CONTENTS, ORDER)
    # Once more changes nothing.
    assert imported(bundle) == models
    assert files() == CONTENTS


def test_only_the_named_models_are_taken(
    bundle: Path, user: Callable[[str], None], tmp_path: Path
) -> None:
    user("first")
    assert [model.file for model in exported(tmp_path / "one.tar", "tiny")] == ["tiny.gguf"]
    assert [model.file for model in exported(tmp_path / "two.tar", "mine.gguf")] == ["mine.gguf"]
    with pytest.raises(ModelFileError, match="'huge' is not in your models folder"):
        exported(tmp_path / "three.tar", "huge")
    assert not (tmp_path / "three.tar").exists()


def test_a_folder_without_models_makes_no_bundle(
    user: Callable[[str], None], tmp_path: Path
) -> None:
    user("first")
    with pytest.raises(ModelFileError, match=r"nothing to export\. It has none; `coterie models"):
        exported(tmp_path / "bundle.tar")


def test_a_bundle_says_nothing_of_who_made_it(bundle: Path) -> None:
    with tarfile.open(bundle) as archive:
        owners = {(entry.uid, entry.gid, entry.uname, entry.gname) for entry in archive}
    assert owners == {(0, 0, "", "")}


def rewritten(bundle: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """Return a bundle with other contents."""
    with tarfile.open(bundle) as archive:
        contents = {e.name: archive.extractfile(e).read() for e in archive}  # type: ignore[union-attr]
    change(contents)
    out = bundle.with_name("changed.tar")
    with tarfile.open(out, "w") as archive:
        for name, content in contents.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return out


def damaged(contents: dict[str, bytes]) -> None:
    contents["tiny.gguf"] = contents["tiny.gguf"][:-1] + b"!"


def without_a_model(contents: dict[str, bytes]) -> None:
    del contents["tiny.gguf"]


def without_a_manifest(contents: dict[str, bytes]) -> None:
    del contents["manifest.json"]


def with_manifest(**changes: object) -> Callable[[dict[str, bytes]], None]:
    def change(contents: dict[str, bytes]) -> None:
        manifest = json.loads(contents["manifest.json"]) | changes
        contents["manifest.json"] = json.dumps(manifest).encode()

    return change


def escaping(name: str) -> Callable[[dict[str, bytes]], None]:
    def change(contents: dict[str, bytes]) -> None:
        contents[name] = contents["tiny.gguf"]
        contents["manifest.json"] = contents["manifest.json"].replace(
            b'"tiny.gguf"', json.dumps(name).encode()
        )

    return change


BROKEN = {
    "damaged": (damaged, "tiny.gguf was damaged on its way"),
    "a model is missing": (without_a_model, "is no bundle of `coterie models export`"),
    "the manifest is missing": (without_a_manifest, "is no bundle of `coterie models export`"),
    "another version": (with_manifest(version=2), "is of version 2. Update coterie."),
    "a strange manifest": (with_manifest(more=1), "its manifest cannot be read"),
    "a path upwards": (escaping("../evil.gguf"), "names the file '../evil.gguf'"),
    "a path from the root": (escaping("/tmp/evil.gguf"), "names the file '/tmp/evil.gguf'"),
    "no model file": (escaping("evil.so"), "names the file 'evil.so'"),
    "a Windows path": (escaping("..\\evil.gguf"), "which no bundle may"),
}


@pytest.mark.parametrize(("change", "said"), BROKEN.values(), ids=BROKEN)
def test_a_broken_bundle_is_refused_and_leaves_nothing_half_done(
    change: Callable[[dict[str, bytes]], None], said: str, bundle: Path
) -> None:
    with pytest.raises(ModelFileError) as error:
        imported(rewritten(bundle, change))
    assert said in str(error.value)
    # What came before the damage is whole.
    assert all(CONTENTS[name] == content for name, content in files().items())
    assert "tiny.gguf" not in files()
    assert [file.name for file in bundle.parent.rglob("evil*")] == []


@pytest.mark.parametrize("content", [b"", b"no archive", None])
def test_what_is_no_archive_is_refused(content: bytes | None, bundle: Path) -> None:
    cut = bundle.read_bytes()[: len(CONTENT) // 2] if content is None else content
    bundle.write_bytes(cut)
    with pytest.raises(ModelFileError, match="is no bundle of `coterie models export`"):
        imported(bundle)
    assert files() == {}


def test_a_file_of_the_same_name_is_left_alone(bundle: Path) -> None:
    with folder_for_writing() as folder:
        (folder / "mine.gguf").write_bytes(b"other")
    with pytest.raises(ModelFileError, match=r"is another file\. Rename it or remove it"):
        imported(bundle)
    assert files()["mine.gguf"] == b"other"


def test_too_little_room_is_said_first(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda place: SimpleNamespace(free=10))
    with pytest.raises(ModelFileError, match="are needed and"):
        imported(bundle)
    assert files() == {}
