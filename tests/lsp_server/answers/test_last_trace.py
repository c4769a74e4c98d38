"""The JSON of `coterie.lastTrace` over the wire: the steps that only a server writes."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.ensemble.trace.trace_scenarios import without_times
from tests.lsp_server.client import Client
from tests.lsp_server.code_actions.editing import PREVIEWS, offer, resolve
from tests.lsp_server.conftest import Start
from tests.notation import Case, check, read_cases

TRACES = read_cases(Path(__file__).parent / "traces")
CAST = {"small": {"answers": {"hello ": ["world"]}, "otherwise": ["x = 1 + 2"]}}


async def _typed_into(client: Client, uri: str) -> None:
    client.open(uri, "hello ")
    await client.texts(uri, 0, 6)
    client.type(uri, 0, 6, "wo")
    assert await client.texts(uri, 0, 8) == ["rld"]


async def _switched_off(client: Client, uri: str) -> None:
    client.open(uri, "hello ", "markdown")
    assert await client.texts(uri, 0, 6) == []


async def _ordered(client: Client, uri: str) -> None:
    client.open(uri, "x = 1 +* 2\n", "python")
    await resolve(client, await offer(client, uri, "fixSyntax", 0))


DONE: dict[str, Callable[[Client, str], Awaitable[None]]] = {
    "what was typed begins a known answer": _typed_into,
    "a language that is switched off": _switched_off,
    "an order": _ordered,
}
OPTIONS: dict[str, Any] = {
    "options": {"languages": {"markdown": {"enabled": False}}},
    **PREVIEWS,
}


@pytest.mark.parametrize("case", TRACES, ids=str)
async def test_last_trace(case: Case, start: Start, document: str) -> None:
    client = await start(CAST, **OPTIONS)
    await DONE[case.title](client, document)
    result = await client.command("coterie.lastTrace", document)
    steps = (json.dumps(s, ensure_ascii=False, separators=(",", ":")) for s in result["trace"])
    check(case, "trace", without_times("\n".join(steps)))
    check(case, "told", without_times(result["text"]))


def test_every_case_is_kept() -> None:
    assert {case.title for case in TRACES} == set(DONE)
