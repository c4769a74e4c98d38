"""An evaluation by models that write down what they are asked, and that may kill it.

python -m tests.lsp_server.commands.evaluation.mortal TASKS CACHE LOG DIES_AT
"""

from __future__ import annotations

import hashlib
import os
import signal
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import msgspec

from ensemble.engines.engine import Engine, GenerationRequest
from ensemble.engines.scripted import ScriptedEngine
from lsp_server.commands.completion.cli_request import EngineBuilder
from lsp_server.commands.evaluation.evaluate import EvaluateOptions, evaluate_and_show
from lsp_server.settings.layers import Settings

POLICIES = ("small", "large", "vote", "cascade+vote", "any")


def builder(log: Path, dies_at: int = 0, by: signal.Signals = signal.SIGKILL) -> EngineBuilder:
    """Return what opens models that note each question in `log`. The one that is asked question
    number `dies_at` sends its own process the signal `by` instead of answering; 0 is none."""

    def says(name: str, request: GenerationRequest) -> list[str]:
        question = msgspec.json.encode((request.prompt, request.samplings, request.stop))
        number = hashlib.sha256(question).digest()[0]
        with log.open("a", encoding="utf-8") as lines:
            lines.write(f"{name} {hashlib.sha256(question).hexdigest()}\n")
        if len(log.read_text("utf-8").splitlines()) == dies_at:
            os.kill(os.getpid(), by)
        return [f"    return {(number + len(name)) % 3}\n", "    return 0\n"]

    def build(settings: Settings, models: Iterable[str]) -> Mapping[str, Engine]:
        return {name: _Model(name, says) for name in models}

    return build


class _Model(ScriptedEngine):
    def __init__(self, name: str, says: Callable[[str, GenerationRequest], list[str]]) -> None:
        super().__init__(name, lambda request: says(name, request))


def main(tasks: str, cache: str, log: str, dies_at: str) -> int:
    """Evaluate, as far as it goes."""
    options = EvaluateOptions(Path(tasks), policies=POLICIES, cache=Path(cache))
    return evaluate_and_show(options, as_json=True, build=builder(Path(log), int(dies_at)))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
