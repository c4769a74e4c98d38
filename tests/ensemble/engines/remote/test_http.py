"""How a server is reached, and what happens when it, or what is in between, misbehaves."""

from __future__ import annotations

import asyncio
import itertools
import socket
import ssl
import subprocess
from base64 import b64encode
from pathlib import Path

import pytest

from ensemble.engines.remote import http
from ensemble.engines.remote.event_stream import MEBIBYTE
from ensemble.errors import EngineUnavailable
from ensemble.models.registry import ModelSpec
from tests.ensemble.engines.remote.asking import asked, spec
from tests.ensemble.engines.remote.fake_server import (
    CLOSING_HEAD,
    ENDLESS_HEAD,
    HEAD,
    choice,
    chunk,
    event,
    fake_server,
    stream,
    whole,
)
from tests.tools import require

FAILURES = {
    "an error status": (whole(b"no such\n model", "404 Not Found"), "answered 404: no such model"),
    "an error event": (stream(event(error={"message": "full"})), "reports an error: "),
    "no JSON": (whole(b"<html>"), "the answer is not a completion"),
    "another shape": (whole(b'{"choices": 1}'), "the answer is not a completion"),
    "no HTTP": ([b"SSH-2.0-OpenSSH_9.2\r\n"], "the answer is not HTTP"),
    "nothing": ([], "the connection broke"),
    "broken off in a chunk": ([*stream(end=False), b"ff\r\ndata:"], "the connection broke"),
    "a bad chunk": ([*stream(end=False), b"xyz\r\n"], "the connection broke"),
    "shorter than said": ([whole(b"{}  ")[0][:-2]], "the connection broke"),
    "an empty body": (whole(b""), "the answer is empty"),
    "an empty stream": ([CLOSING_HEAD], "the answer is empty"),
    "a stream of comments": ([CLOSING_HEAD, b": hello\n\n"], "the answer is empty"),
    "a stream without an end": (
        [CLOSING_HEAD, event(choices=[choice("a ")])], "the answer ended in the middle",
    ),
    "a stream that ends in an event": (
        [CLOSING_HEAD, event(choices=[choice("a ")])[:-9]], "the answer is not a completion",
    ),
    "too long for a head": ([b"HTTP/1.1 200 OK\r\nX: " + b"x" * MEBIBYTE], "the connection broke"),
}  # fmt: skip


@pytest.mark.parametrize(("parts", "message"), FAILURES.values(), ids=FAILURES)
async def test_a_server_that_misbehaves_is_named(parts: list[bytes], message: str) -> None:
    async with fake_server(parts) as server:
        with pytest.raises(EngineUnavailable) as failure:
            await asked(spec(server))
    assert str(failure.value).startswith(f"{server.url}/v1/completions: ")
    assert message in str(failure.value)


TOO_LONG = "the answer is longer than 32 MiB"
EVENT_TOO_LONG = "an event is longer than 1024 KiB"
ENDLESS = {
    "a body": ([ENDLESS_HEAD], b"x" * MEBIBYTE, TOO_LONG),
    "a stream": ([HEAD], chunk((b": " + b"x" * 999 + b"\n") * 999), TOO_LONG),
    "an event": ([HEAD], chunk(b"data: " + b"x" * 65536 + b"\n"), EVENT_TOO_LONG),
    "a line": ([HEAD], chunk(b"x" * 65536), EVENT_TOO_LONG),
    "an error": (
        [ENDLESS_HEAD.replace(b"200 OK", b"500 Oh")], b"no \n" * 65536, "answered 500: no no no",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("beginning", "part", "message"), ENDLESS.values(), ids=ENDLESS)
async def test_an_answer_without_end_is_given_up(
    beginning: list[bytes], part: bytes, message: str
) -> None:
    async with fake_server(itertools.chain(beginning, itertools.repeat(part))) as server:
        with pytest.raises(EngineUnavailable) as failure:
            await asyncio.wait_for(asked(spec(server)), 30)
    assert message in str(failure.value)
    assert len(str(failure.value)) < 500


async def test_a_server_that_falls_silent_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "_SILENCE_SECONDS", 0.05)
    async with fake_server([HEAD], stays=True) as server:
        with pytest.raises(EngineUnavailable, match="the server fell silent"):
            await asked(spec(server))


async def test_a_redirection_is_not_followed() -> None:
    async with fake_server(stream(event(choices=[choice("x", finish="stop")]))) as elsewhere:
        parts = whole(b"", "307 Temporary Redirect", f"Location: {elsewhere.url}/v1/completions")
        async with fake_server(parts) as server:
            with pytest.raises(EngineUnavailable, match="answered 307, a redirection"):
                await asked(spec(server))
    assert elsewhere.heads == []


@pytest.mark.parametrize("parts", [[], [HEAD]], ids=["before the answer", "in the answer"])
async def test_a_cancelled_request_closes_the_connection(parts: list[bytes]) -> None:
    async with fake_server(parts, stays=True) as server:
        asking = asyncio.create_task(asked(spec(server)))
        await asyncio.wait_for(server.asked.wait(), 10)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await asyncio.wait_for(server.hung_up.wait(), 10)


async def test_a_server_that_is_not_there_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(EngineUnavailable, match=f"http://127.0.0.1:{port}/v1.* cannot be reached"):
        await asked(ModelSpec("far", url=f"http://127.0.0.1:{port}"))


async def test_the_environment_chooses_no_proxy_and_no_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password s3cret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    async with fake_server(stream(event(choices=[choice("x", finish="stop")]))) as server:
        await asked(spec(server))
    assert "authorization" not in server.heads[0].lower()


async def test_a_proxy_is_used_where_the_settings_name_one() -> None:
    async with fake_server(stream(event(choices=[choice("x", finish="stop")]))) as proxy:
        through = proxy.url.replace("http://", "http://me:s3cret@")
        await asked(ModelSpec("far", url="http://far.example", proxy=through))
    (head,) = proxy.heads
    assert head.startswith("POST http://far.example/v1/completions HTTP/1.1\r\n")
    assert f"Proxy-Authorization: Basic {b64encode(b'me:s3cret').decode()}\r\n" in head


async def test_a_proxy_that_refuses_is_named() -> None:
    async with fake_server([b"HTTP/1.1 403 Forbidden\r\n\r\n"]) as proxy:
        with pytest.raises(EngineUnavailable, match=r"far\.example.*: the proxy refuses \(403"):
            await asked(ModelSpec("far", url="https://far.example", proxy=proxy.url))


async def test_what_the_machine_does_not_trust_is_not_asked(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    parts = stream(event(choices=[choice("x", finish="stop")]))
    async with fake_server(parts, secure=context) as server:
        with pytest.raises(EngineUnavailable, match=r"reached.*certificate verify failed"):
            await asked(spec(server))
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        http.certificates.cache_clear()
        try:
            generation = await asked(spec(server))
        finally:
            http.certificates.cache_clear()
    assert generation.candidates[0].text == "x"


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A file with a certificate for this machine, which nobody has signed, and its key."""
    require("openssl")
    file = tmp_path / "certificate.pem"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test -addext"
    subprocess.run(
        [*command.split(), "subjectAltName=IP:127.0.0.1", "-keyout", file, "-out", file],
        check=True, capture_output=True,
    )  # fmt: skip
    return file
