"""What the server says about itself."""

from __future__ import annotations

from tests.lsp_server.client import Client
from tests.lsp_server.conftest import Start

LOADING = {"small": {"loading": 0.2}, "large": {"loading": 0.4}}


def states(client: Client) -> list[str]:
    return [
        message["params"]["state"]
        for message in client.received
        if message.get("method") == "coterie/status"
    ]


async def loaded(client: Client) -> None:
    await client.notification(
        "coterie/status", lambda status: all(m["state"] == "ready" for m in status["models"])
    )


async def test_loading_then_ready(start: Start) -> None:
    client = await start(LOADING)
    await loaded(client)
    assert states(client)[0] == "loading"
    assert states(client)[-1] == "ready"
    assert not [m for m in client.received if m.get("method") == "$/progress"]
    status = await client.command("coterie.status")
    assert [model["name"] for model in status["models"]] == ["small", "large"]


async def test_progress_for_clients_that_show_it(start: Start) -> None:
    client = await start(LOADING, window={"workDoneProgress": True})
    ended = await client.notification("$/progress", lambda params: params["value"]["kind"] == "end")
    kinds = [
        message["params"]["value"]["kind"]
        for message in client.received
        if message.get("method") == "$/progress" and message["params"]["token"] == ended["token"]
    ]
    assert kinds[0] == "begin"
    assert set(kinds[1:-1]) <= {"report"}


async def test_busy_while_somebody_waits(start: Start, document: str) -> None:
    client = await start({"small": {"otherwise": ["text"], "delay": 0.1}})
    client.open(document, "hello ")
    await client.texts(document, 0, 6)
    await client.settled()
    assert "busy" in states(client)
    assert states(client)[-1] == "ready"


async def test_off(start: Start) -> None:
    client = await start({}, options={"enabled": False}, ready=False)
    status = await client.notification("coterie/status", lambda status: status["state"] == "off")
    assert "enabled" in status["message"]


async def test_one_model_that_cannot_be_loaded(start: Start, document: str) -> None:
    cast = {"small": {"refusal": "small: the file is cut short"}, "large": {"otherwise": ["text"]}}
    client = await start(cast)
    client.open(document, "hello ")
    assert await client.texts(document, 0, 6) == ["text"]
    status = await client.command("coterie.status")
    assert status["message"] == "small: the file is cut short"
    assert [model["state"] for model in status["models"]] == ["refused", "ready"]


async def test_no_model_that_can_be_loaded(start: Start, document: str) -> None:
    refused = {"refusal": "the file is cut short"}
    client = await start({"small": refused, "large": refused}, ready=False)
    status = await client.notification(
        "coterie/status", lambda status: status["state"] == "trouble"
    )
    assert "the file is cut short" in status["message"]
    assert "coterie doctor" in status["remedy"]
    client.open(document, "hello ")
    assert await client.inline(document, 0, 6) == []
    assert not [m for m in client.received if m.get("method") == "window/showMessage"]


async def test_answers_do_not_wait_for_models_that_load(start: Start, document: str) -> None:
    cast = {"small": {"loading": 60.0}, "large": {"loading": 60.0}}
    client = await start(cast, ready=False, options={"deadline": {"automatic": "10 ms"}})
    client.open(document, "hello ")
    assert await client.inline(document, 0, 6) == []
    assert (await client.command("coterie.status"))["state"] == "loading"


async def test_a_model_on_a_server_is_shown_without_its_password(start: Start) -> None:
    options = {"models": {"small": {"url": "http://me:s3cret@far.example"}}}
    client = await start({"small": {}, "large": {}}, options=options)
    status = await client.command("coterie.status")
    assert [model.get("url") for model in status["models"]] == ["http://far.example", None]
    assert "s3cret" not in str(client.received)
