"""llama-server as llama.vim drives it: its prompt, its cache, its timers, its ring of chunks.

Written after llama.vim's `autoload/llama.vim` of 2026-01 with its default settings. What it does
with the screen of Vim alone is left out, and the chunks that it picks when the cursor jumps: within
a place it does not.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections import OrderedDict
from pathlib import Path
from typing import Any

import httpx

from benchmarks.typing.places import Place
from benchmarks.typing.processes import cpu_seconds
from benchmarks.typing.screen import Screen

_PREFIX_LINES, _SUFFIX_LINES = 256, 64
_PREDICTED = 128
_FIRST_MS, _SPECULATIVE_MS = 250, 1000
_LONGEST_SUFFIX = 8
_CACHE_KEYS, _LOOK_BACK = 250, 128
_CHUNK_LINES, _CHUNKS, _QUEUED = 64, 16, 16
_SIMILAR_QUEUED, _SIMILAR_HERE = 0.9, 0.5
_TRIMMED_LINES = 3
_RETRY_SECONDS = 0.1
_STARTING_SECONDS = 120.0

Context = tuple[str, str, str]
"""Lines before, the current line's beginning, and what follows."""


class LlamaVimAssistant:
    """A running llama-server, and what llama.vim knows."""

    def __init__(self, process: asyncio.subprocess.Process, client: httpx.AsyncClient) -> None:
        self._process, self._client = process, client
        self._cache: OrderedDict[Context, str] = OrderedDict()
        self._ring: list[dict[str, str]] = []
        self._queue: list[dict[str, str]] = []
        self._screen: Screen | None = None
        self._job: asyncio.Task[None] | None = None
        self._retry: asyncio.TimerHandle | None = None
        self._file = ""
        self._indent = 0
        self._read = self._written = 0
        self._chance = random.Random(0)

    @classmethod
    async def start(cls, program: Path, model: Path, port: int, threads: int) -> LlamaVimAssistant:
        """Start a server with the options that llama.vim's documentation names for a processor."""
        process = await asyncio.create_subprocess_exec(
            str(program), "--model", str(model), "--host", "127.0.0.1", "--port", str(port),
            "--flash-attn", "on", "--ubatch-size", "1024", "--batch-size", "1024",
            "--ctx-size", "0", "--cache-reuse", "256", "--threads", str(threads),
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        client = httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", timeout=None, trust_env=False
        )
        end = time.monotonic() + _STARTING_SECONDS
        while time.monotonic() < end:
            with contextlib.suppress(httpx.HTTPError):
                if (await client.get("/health")).status_code == httpx.codes.OK:
                    return cls(process, client)
            await asyncio.sleep(0.2)
        raise SystemExit(f"{program} did not start with {model}")

    async def close(self) -> None:
        await self._client.aclose()
        self._process.terminate()
        await self._process.wait()

    async def open(self, place: Place, screen: Screen) -> None:
        if self._screen is not None:
            self._pick(_around(self._screen), self._file)
        self._screen, self._file = screen, place.file.name
        self._pick(_around(screen), self._file)
        # Until somebody types they are not in insert mode, and the ring takes what is queued.
        await self._update_ring()

    def edited(self, screen: Screen) -> None:
        screen.show("")
        self._try_hint(screen)
        self._ask(screen, None)

    async def rest(self) -> None:
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None
        while self._job is not None:
            await asyncio.wait([self._job])

    def cpu_seconds(self) -> float:
        return cpu_seconds(self._process.pid)

    def tokens(self) -> tuple[int, int]:
        return self._read, self._written

    def _ask(self, screen: Screen, speculated: str | None) -> None:
        """`llama#fim`: one request at a time; what comes meanwhile is asked again later."""
        if self._job is not None:
            if self._retry is not None:
                self._retry.cancel()
            loop = asyncio.get_running_loop()
            self._retry = loop.call_later(_RETRY_SECONDS, self._ask_again, screen, speculated)
            return
        context = _context(screen, speculated or "")
        if len(screen.after.split("\n", 1)[0]) > _LONGEST_SUFFIX or context in self._cache:
            return
        chunk = "\n".join(_around(screen)[: _CHUNK_LINES // 2])
        self._ring = [c for c in self._ring if _similarity(c["text"], chunk) <= _SIMILAR_HERE]
        if speculated is None:
            line = _line(screen)
            self._indent = len(line) - len(line.lstrip()) if line.strip() else 0
        self._job = asyncio.create_task(self._request(screen, context, speculated is None))

    def _ask_again(self, screen: Screen, speculated: str | None) -> None:
        self._retry = None
        if screen is self._screen:
            self._ask(screen, speculated)

    async def _request(self, screen: Screen, context: Context, is_first: bool) -> None:
        prefix, middle, suffix = context
        body = {
            "id_slot": 0, "input_prefix": prefix, "input_suffix": suffix,
            "input_extra": self._ring, "prompt": middle, "n_predict": _PREDICTED, "stop": [],
            "n_indent": self._indent, "top_k": 40, "top_p": 0.9,
            "samplers": ["top_k", "top_p", "infill"], "stream": False, "cache_prompt": True,
            "t_max_prompt_ms": 500,
            "t_max_predict_ms": _FIRST_MS if is_first else _SPECULATIVE_MS,
        }  # fmt: skip
        answer = await self._post(body)
        self._job = None
        for _ in range(1 + _TRIMMED_LINES):
            if prefix:
                self._remember((prefix, middle, suffix), answer["content"])
            prefix = prefix.partition("\n")[2]
        if screen is self._screen and not screen.ghost:
            self._try_hint(screen)

    async def _post(self, body: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = (await self._client.post("/infill", json=body)).json()
        timings = answer.get("timings", {})
        self._read += timings.get("prompt_n", 0)
        self._written += timings.get("predicted_n", 0)
        return {"content": "", **answer}

    def _remember(self, context: Context, content: str) -> None:
        self._cache[context] = content
        self._cache.move_to_end(context)
        while len(self._cache) > _CACHE_KEYS:
            self._cache.popitem(last=False)

    def _try_hint(self, screen: Screen) -> None:
        """`s:fim_try_hint`: what is cached for here, or for some characters before."""
        context = _context(screen, "")
        content = self._cache.get(context)
        if content is None:
            content = self._continued(context)
        if content is None:
            return
        screen.show(_shown(screen, content))
        if screen.ghost:
            self._ask(screen, screen.ghost)

    def _continued(self, context: Context) -> str | None:
        prefix, middle, suffix = context
        whole, best = prefix + middle, None
        by_whole = {(p + m, s): text for (p, m, s), text in self._cache.items()}
        for count in range(1, min(_LOOK_BACK, len(whole)) + 1):
            content = by_whole.get((whole[:-count], suffix))
            if content and content.startswith(whole[-count:]) and len(content) > count:
                rest = content[count:]
                best = rest if best is None or len(rest) > len(best) else best
        return best

    def _pick(self, lines: list[str], file: str) -> None:
        """`s:pick_chunk`: queue a chunk unless one like it is there."""
        if len(lines) < 3:
            return
        if len(lines) + 1 >= _CHUNK_LINES:
            start = self._chance.randint(0, max(0, len(lines) - _CHUNK_LINES // 2))
            lines = lines[start : start + _CHUNK_LINES // 2 + 1]
        text = "\n".join(lines) + "\n"
        for chunks in (self._queue, self._ring):
            chunks[:] = [c for c in chunks if _similarity(c["text"], text) <= _SIMILAR_QUEUED]
        self._queue = [*self._queue[-_QUEUED + 1 :], {"text": text, "filename": file}]

    async def _update_ring(self) -> None:
        """`s:ring_update`: the oldest queued chunk joins the ring, and the server reads it."""
        if self._queue:
            self._ring = [*self._ring[-_CHUNKS + 1 :], self._queue.pop(0)]
            await self._post(
                {
                    "id_slot": 0, "input_prefix": "", "input_suffix": "", "prompt": "",
                    "input_extra": self._ring, "n_predict": 0, "temperature": 0.0, "samplers": [],
                    "stream": False, "cache_prompt": True, "t_max_prompt_ms": 1,
                    "t_max_predict_ms": 1,
                }
            )  # fmt: skip


def _line(screen: Screen) -> str:
    return screen.before.rsplit("\n", 1)[-1] + screen.after.split("\n", 1)[0]


def _around(screen: Screen) -> list[str]:
    half = _CHUNK_LINES // 2
    return screen.before.split("\n")[-half:] + screen.after.split("\n")[1 : half + 1]


def _context(screen: Screen, speculated: str) -> Context:
    """`s:fim_ctx_local`, behind a text that is taken as if it was accepted."""
    lines = (screen.before + speculated).split("\n")
    after = screen.after.split("\n")
    line, rest = lines[-1], "" if speculated else after[0]
    if not (line + rest).strip():
        line = rest = ""
    prefix = "\n".join(lines[-_PREFIX_LINES - 1 : -1]) + "\n"
    return prefix, line, rest + "\n" + "\n".join(after[1 : _SUFFIX_LINES + 1]) + "\n"


def _shown(screen: Screen, content: str) -> str:
    """`s:fim_render`: what is drawn of an answer, "" if it only repeats what is there."""
    lines = content.split("\n")
    while lines and not lines[-1]:
        lines.pop()
    if not lines:
        return ""
    line, following = screen.before.rsplit("\n", 1)[-1], screen.after.split("\n")[1:]
    if not line.strip():
        lead = min(len(lines[0]) - len(lines[0].lstrip()), len(line))
        lines[0] = lines[0][lead:]
    if not lines[0] and lines[1:] == following[: len(lines) - 1]:
        return ""
    next_line = next((text for text in following if text.strip()), "")
    at = following.index(next_line) if next_line else 0
    if line + lines[0] == next_line and (
        len(lines) == 1 or lines[1:] == following[at + 1 : at + len(lines)]
    ):
        return ""
    return "\n".join(lines)


def _similarity(left: str, right: str) -> float:
    """`s:chunk_sim`: the Dice coefficient of the lines."""
    one, other = left.split("\n"), right.split("\n")
    common = sum(line in other for line in one)
    return 2 * common / max(1, len(one) + len(other))
