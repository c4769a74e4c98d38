"""A server whose only model is slow on request and says which line it was asked about.

python -m tests.neovim.scripted_server SECONDS
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable, Mapping

from ensemble.engines.engine import Engine, GenerationRequest
from ensemble.engines.scripted import Script, ScriptedEngine
from lsp_server.server.serving import run_stdio
from lsp_server.settings.settings import Settings
from tests.lsp_server.scripted import play

SILENT = "silent"
"""A line for which the model has nothing to say."""


def suggestion_for(line_head: str) -> str:
    """Return what the model says after a line's beginning: no two lines get the same."""
    digest = hashlib.sha256(line_head.encode()).hexdigest()
    return "" if line_head == SILENT else f" goes on as {digest[:12]}"


def command(delay_s: float) -> list[str]:
    """Return the command that starts this server, with a model that takes that long."""
    return [sys.executable, "-m", "tests.neovim.scripted_server", str(delay_s)]


def main(delay_s: float) -> int:
    def say(request: GenerationRequest) -> list[Script]:
        return [Script(suggestion_for(request.stop.hole.line_head), after=delay_s)]

    def build(_: Settings, models: Iterable[str]) -> Mapping[str, Engine]:
        return {name: ScriptedEngine(name, say) for name in models}

    play()
    return run_stdio(build)


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1])))
