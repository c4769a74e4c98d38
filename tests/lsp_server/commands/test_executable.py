"""The real executable with the embedded models, a broken one, and one on a server."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from base64 import b64encode
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from code_checks.sandbox import probe_sandbox
from lsp_server.commands.doctor import DoctorReport
from tests.ensemble.engines.remote.fake_server import choice, event, fake_server, stream, whole

COTERIE = Path(sys.executable).with_name("coterie")
SECONDS = 120


class Ended(NamedTuple):
    """How a command ended and what it said."""

    code: int | None
    out: str
    err: str


async def started(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        COTERIE,
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        # A terminal sends its signals to all of a group.
        start_new_session=True,
    )


async def ended(process: asyncio.subprocess.Process) -> Ended:
    out, err = await asyncio.wait_for(process.communicate(), SECONDS)
    assert b"Traceback" not in err, err.decode()
    return Ended(process.returncode, out.decode(), err.decode())


async def run(*arguments: str) -> Ended:
    return await ended(await started(*arguments))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    file = tmp_path / "app.py"
    file.write_text("def add(a, b):\n    return \n")
    return file


def configure(folder: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Give the commands these settings."""
    file = folder / "settings.toml"
    file.write_text(text)
    monkeypatch.setenv("COTERIE_CONFIG", str(file))


async def test_the_embedded_models_answer(source: Path) -> None:
    result = await run("complete", f"{source}:2:12", "--json", "--invoked", "--samples", "2")
    assert (result.code, result.err) == (0, "")
    document = json.loads(result.out)
    assert set(document) == {"completions", "trace", "tokens", "elapsed_ms"}
    assert document["tokens"]["generated"] > 0
    models = [s["facts"]["model"] for s in document["trace"] if s["event"] == "generated"]
    assert models[0] == "small"


async def test_an_explanation_is_given(source: Path) -> None:
    result = await run("explain", f"{source}:2:12", "--tiers", "large")
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith("route      large × 2 ")
    assert "tier 1     large wrote" in result.out


async def test_the_doctor_finds_that_all_is_well() -> None:
    result = await run("doctor", "--json")
    assert result.code == 0
    report = msgspec.json.decode(result.out, type=DoctorReport, strict=True)
    assert report.works
    statuses = {finding.name: finding.status for finding in report.findings}
    # A container may forbid every sandbox; that is no fault of what is tested here.
    assert (statuses.pop("sandbox") == "ok") is probe_sandbox().available
    assert statuses == dict.fromkeys(
        [
            "python",
            "platform",
            "grammars",
            "settings",
            "policy",
            "llama.cpp",
            "model small",
            "model large",
        ],
        "ok",
    )
    assert {setting.origin for setting in report.settings} == {"default"}


async def test_the_doctor_names_what_is_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken.gguf").write_bytes(b"<html>")
    configure(tmp_path, monkeypatch, '[models.mine]\npath = "broken.gguf"\n[typo]\n')
    result = await run("doctor")
    assert result.code == 1
    assert "model mine" in result.out
    assert f"{tmp_path / 'broken.gguf'}" in result.out
    assert "`typo`: unknown key" in result.out
    assert "Nothing can be completed here." in result.out
    assert 'file     models.mine.path           "broken.gguf"' in result.out


async def test_a_broken_model_is_one_message_and_no_traceback(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(tmp_path, monkeypatch, '[models.mine]\npath = "gone.gguf"')
    result = await run("complete", f"{source}:2:12", "--json")
    assert (result.code, result.out) == (1, "")
    assert f"{tmp_path / 'gone.gguf'}" in result.err


async def test_models_are_listed_and_verified(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    folder = tmp_path / "coterie" / "models"
    folder.mkdir(parents=True)
    assert (await run("models", "verify")).code == 0
    (folder / "noise.gguf").write_bytes(b"GGUF" + bytes(range(256)))
    listed = json.loads((await run("models", "list", "--json")).out)["models"]
    assert [(model["name"], model["source"]) for model in listed] == [
        ("small", "embedded"),
        ("large", "embedded"),
        ("noise", "folder"),
    ]
    assert "not a usable model file" in listed[2]["problem"]
    result = await run("models", "verify", "--json")
    verified = {model["name"]: model["ok"] for model in json.loads(result.out)["models"]}
    assert result.code == 1
    assert verified == {"small": True, "large": True, "noise": False, "copies": True}


async def test_a_model_on_a_server_answers(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = stream(event(choices=[choice("a + b", finish="stop")]))
    async with fake_server(answer) as server:
        configure(tmp_path, monkeypatch, f'[models.far]\nurl = "{server.url}"')
        result = await run("complete", f"{source}:2:12", "--samples", "1")
        assert result == (0, "a + b\n", "")


COMMANDS: tuple[tuple[str, ...], ...] = (
    ("complete", "SOURCE", "--json", "--samples", "1"),
    ("explain", "SOURCE"),
    ("models", "list", "--json"),
    ("doctor", "--json"),
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
async def test_no_command_shows_a_password(
    command: tuple[str, ...], source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with fake_server(whole(b"who are you?", "401 Unauthorized")) as server:
        guarded = server.url.replace("http://", "http://me:s3cret@")
        configure(tmp_path, monkeypatch, f'[models.far]\nurl = "{guarded}"')
        arguments = [word.replace("SOURCE", f"{source}:2:12") for word in command]
        result = await run(*arguments)
        shown = result.out + result.err
    assert "s3cret" not in shown
    assert b64encode(b"me:s3cret").decode() not in shown
    assert server.url in shown


async def test_an_interruption_is_quiet(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with fake_server([], stays=True) as server:
        text = (
            'tiers = [{ model = "small" }, { model = "far", samples = 1 }]\n'
            f'[suggest]\nverified_only = true\n[models.far]\nurl = "{server.url}"'
        )
        configure(tmp_path, monkeypatch, text)
        process = await started("complete", f"{source}:2:12", "--invoked", "--tiers", "far,small")
        await asyncio.wait_for(server.asked.wait(), SECONDS)
        os.killpg(process.pid, signal.SIGINT)
        assert await ended(process) == (130, "", "")


async def test_an_address_that_cannot_be_had_is_named() -> None:
    result = await run("serve", "--tcp", "192.0.2.1:7777")
    assert (result.code, result.out) == (1, "")
    assert "coterie: cannot listen on 192.0.2.1:7777: " in result.err
    assert "there is no password" in result.err
