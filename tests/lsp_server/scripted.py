"""The server over the standard streams, with models that say what a JSON file tells them to.

Run as `python -m tests.lsp_server.scripted FILE`. The file maps a model's name to its manners:
`answers` maps the current line's beginning to the texts of the samples, `reading` a text that the
prompt holds, and `otherwise` are the texts for everything else. `delay` is in seconds, `loading`
too, and `failure` is what it raises instead.
`children` starts a process that lives until the engines are closed, as a model host does.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterable, Mapping
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from ensemble.engines.engine import Engine, GenerationRequest
from ensemble.engines.scripted import Script, ScriptedEngine
from ensemble.errors import EngineUnavailable
from ensemble.models.info import ModelInfo
from lsp_server.answers import build_engines
from lsp_server.server.serving import run_stdio, run_tcp
from lsp_server.settings.settings import Settings


class Actor(ScriptedEngine):
    """A scripted engine that takes its time to load and may have a process of its own."""

    def __init__(self, name: str, manners: Mapping[str, Any]) -> None:
        super().__init__(name, self._scripts_for)
        self._manners = manners
        self._child: asyncio.subprocess.Process | None = None

    async def info(self) -> ModelInfo:
        await asyncio.sleep(self._manners.get("loading", 0.0))
        if refusal := self._manners.get("refusal"):
            raise EngineUnavailable(refusal)
        if self._manners.get("children") and self._child is None:
            self._child = await asyncio.create_subprocess_exec("sleep", "600")
        return await super().info()

    async def close(self) -> None:
        if self._child is not None:
            self._child.kill()
            await self._child.wait()
        await super().close()

    def _scripts_for(self, request: GenerationRequest) -> list[Script]:
        head = request.stop.hole.line_head
        prompt = "".join(piece.text for piece in request.prompt.pieces)
        texts = self._manners.get("answers", {}).get(head, self._manners.get("otherwise", [""]))
        for part, samples in self._manners.get("reading", {}).items():
            texts = samples if part in prompt else texts
        failure = self._manners.get("failure")
        error = EngineUnavailable(failure) if failure else None
        delay = self._manners.get("delay", 0.0)
        return [
            Script(text, after=0.0 if index else delay, failure=error)
            for index, text in enumerate(islice(cycle(texts), len(request.samplings)))
        ]


def play() -> None:
    """Have actors taken for what they are: not the embedded models whose names they bear, so what
    was fitted for those does not judge them. But they are asked in the same way, and vote."""
    build_engines.identities_of = lambda settings: dict.fromkeys(settings.models, "")
    build_engines.are_embedded = lambda identities: True


def main(file: str, port: str = "") -> int:
    play()
    cast: dict[str, dict[str, Any]] = json.loads(Path(file).read_text())

    def build(settings: Settings, models: Iterable[str]) -> Mapping[str, Engine]:
        # What a library prints must not get into the protocol.
        print("this goes to standard error")
        return {name: Actor(name, cast.get(name, {})) for name in dict.fromkeys(models)}

    return run_tcp("127.0.0.1", int(port), build) if port else run_stdio(build)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
