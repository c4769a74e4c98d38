"""Everything that a library may do to standard output, and a server whose model does it.

Run as `python -m tests.lsp_server.protocol.noise` to serve.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping

from ensemble.engines.engine import Engine, GenerationRequest
from ensemble.engines.scripted import ScriptedEngine
from lsp_server.server.serving import run_stdio
from lsp_server.settings.settings import Settings

WORD = "noise"
WAYS = 4


def make_noise() -> None:
    """Print from Python, to the file descriptor, from C, and from a child process."""
    print(WORD, flush=True)
    os.write(1, f"{WORD}\n".encode())
    libc = ctypes.CDLL(None)
    libc.puts(WORD.encode())
    libc.fflush(None)
    subprocess.run(["echo", WORD], check=True)


def main() -> int:
    def answers(_: GenerationRequest) -> list[str]:
        make_noise()
        return [" = 1"]

    def build(_: Settings, models: Iterable[str]) -> Mapping[str, Engine]:
        return {name: ScriptedEngine(name, answers) for name in models}

    return run_stdio(build)


if __name__ == "__main__":
    sys.exit(main())
