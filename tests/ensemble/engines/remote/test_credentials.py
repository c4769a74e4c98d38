"""Keys and passwords: sent to the server that they are for, and shown nowhere."""

from __future__ import annotations

import logging
from base64 import b64encode

import pytest

from ensemble.engines.remote.remote_engine import RemoteEngine
from ensemble.errors import EngineUnavailable, ModelRefused
from ensemble.models.registry import ModelSpec
from tests.ensemble.engines.remote.asking import asked, spec
from tests.ensemble.engines.remote.fake_server import (
    choice,
    event,
    fake_server,
    stream,
    whole,
)


async def test_the_key_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    async with fake_server(stream(event(choices=[choice("x", finish="stop")]))) as server:
        keyed = spec(server, key_env="COTERIE_TEST_KEY")
        monkeypatch.delenv("COTERIE_TEST_KEY", raising=False)
        with pytest.raises(ModelRefused, match="COTERIE_TEST_KEY holds no key"):
            await RemoteEngine(keyed).info()
        monkeypatch.setenv("COTERIE_TEST_KEY", "s3cret")
        await asked(keyed)
        assert "Authorization: Bearer s3cret\r\n" in server.heads[0]
        monkeypatch.setenv("COTERIE_TEST_KEY", "s3cret\n")
        with pytest.raises(ModelRefused, match="COTERIE_TEST_KEY holds is no key") as refusal:
            await asked(keyed)
        assert "s3cret" not in str(refusal.value)


def with_user(url: str, user: str) -> str:
    return url.replace("http://", f"http://{user}@")


USERS = {
    "me:s3cret": b"me:s3cret",
    "me:s3%2Fcr%40%C3%A9t": "me:s3/cr@ét".encode(),
    "s3cret": b"s3cret:",
    "me:s3@cret": b"me:s3@cret",
}


@pytest.mark.parametrize(("user", "sent"), USERS.items())
async def test_a_user_in_the_url_is_sent_and_never_shown(
    user: str, sent: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with fake_server(whole(b"who are you?", "401 Unauthorized")) as server:
        guarded = ModelSpec("far", url=with_user(server.url, user))
        with pytest.raises(EngineUnavailable) as failure:
            await asked(guarded)
    header = f"Authorization: Basic {b64encode(sent).decode()}"
    assert f"{header}\r\n" in server.heads[0]
    info = await RemoteEngine(guarded).info()
    assert (
        str(failure.value) == f"{server.url}/v1/completions: the server answered 401: who are you?"
    )
    assert (info.path, guarded.address) == (server.url, server.url)
    assert caplog.text
    for secret in ("s3", "cret", header.rpartition(" ")[2]):
        assert secret not in caplog.text


REFUSED = {
    "http://me:s3cret@host:x": "'http://host:x' is not the URL of a server",
    "me:s3cret@host": "'host' is not the URL of a server",
    "http://me:s3/cret@host": "'http://host' is not the URL of a server",
    "http://me:s3cret@[": "'http://[' is not the URL of a server",
}


@pytest.mark.parametrize(("url", "message"), REFUSED.items())
async def test_a_refusal_shows_no_password(url: str, message: str) -> None:
    for wrong in (ModelSpec("far", url=url), ModelSpec("far", url="http://a", proxy=url)):
        with pytest.raises(ModelRefused) as refusal:
            await RemoteEngine(wrong).info()
        assert message in str(refusal.value)
        assert "cret" not in str(refusal.value)


async def test_a_key_and_a_password_are_one_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COTERIE_TEST_KEY", "key")
    both = ModelSpec("far", url="http://me:s3cret@host", key_env="COTERIE_TEST_KEY")
    with pytest.raises(ModelRefused, match="only one can be sent to http://host, the key of"):
        await RemoteEngine(both).info()
