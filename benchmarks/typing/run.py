"""Typing at a person's speed with Coterie, and with llama-server as llama.vim drives it.

    python benchmarks/typing/run.py --large FILE.gguf [--small FILE.gguf]
        [--llama-server PROGRAM] [--places 40] [--short] [--json]

The places are cut from the files of installed packages (`--folders`); what settings are tuned on
and what is reported have different `--seed`s and folders. Assistants take turns, place by place,
so that a machine that slows down slows all of them down.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import sys
import sysconfig
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.typing.coterie_assistant import CoterieAssistant
from benchmarks.typing.llamavim_assistant import LlamaVimAssistant
from benchmarks.typing.places import Place, find_places
from benchmarks.typing.replay import type_place
from benchmarks.typing.screen import Counts

_SHORT_PLACES = 4
_PORT = 8012


def figures(counts: Counts) -> dict[str, float]:
    """Return what was counted as shares, seconds and amounts for a keystroke."""
    pauses = counts.pauses
    keys = max(1, counts.keystrokes)
    first = [p.first_text for p in pauses if p.is_first and p.first_text is not None]
    further = [p.first_text for p in pauses if not p.is_first and p.first_text is not None]
    found = {
        "pauses": float(len(pauses)),
        "pauses with text": _share(sum(p.has_text for p in pauses), len(pauses)),
        "pauses with the right text": _share(sum(p.is_right for p in pauses), len(pauses)),
        "keystrokes": float(counts.keystrokes),
        "keystrokes before which the right rest stood": counts.right_before / keys,
        "keystrokes before which a wrong text stood": counts.wrong_before / keys,
        "CPU seconds a keystroke": counts.cpu_seconds / keys,
    }
    if counts.tokens_read:
        found["tokens read a keystroke"] = counts.tokens_read / keys
        found["tokens written a keystroke"] = counts.tokens_written / keys
    for name, seconds in (
        ("first line in a file", first),
        ("further line", further),
        ("while typing", counts.latencies),
    ):
        if seconds:
            ordered = sorted(seconds)
            found[f"seconds to text, {name}, median"] = statistics.median(ordered)
            found[f"seconds to text, {name}, p95"] = ordered[int(len(ordered) * 0.95)]
    return {name: round(value, 3) for name, value in found.items()}


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


async def measure(arguments: argparse.Namespace, places: list[Place]) -> dict[str, Counts]:
    """Type every place with every assistant in turn."""
    with tempfile.TemporaryDirectory() as folder:
        assistants = await _assistants(arguments, Path(folder))
        counts = {name: Counts() for name in assistants}
        for number, place in enumerate(places):
            for name, assistant in assistants.items():
                await type_place(assistant, place, counts[name], arguments.seed + number)
                shown = counts[name].pauses[-len(place.lines) :]
                text = " ".join("right" if p.is_right else "text" if p.has_text else "-"
                                for p in shown)  # fmt: skip
                print(f"{number + 1}/{len(places)} {place.file.name} {name}: {text}",
                      file=sys.stderr)  # fmt: skip
        for assistant in assistants.values():
            await assistant.close()
    return counts


async def _assistants(
    arguments: argparse.Namespace, folder: Path
) -> dict[str, CoterieAssistant | LlamaVimAssistant]:
    found: dict[str, CoterieAssistant | LlamaVimAssistant] = {}
    if not arguments.without_coterie:
        config = folder / "config.toml"
        config.write_text(_settings(arguments), encoding="utf-8")
        found["coterie"] = await CoterieAssistant.start(config)
    if arguments.llama_server:
        threads = len(os.sched_getaffinity(0))
        named = {"llamavim": arguments.large, "llamavim, small": arguments.small}
        for offset, (name, model) in enumerate(named.items()):
            if model and (name == "llamavim" or arguments.both):
                found[name] = await LlamaVimAssistant.start(
                    arguments.llama_server, model, _PORT + offset, threads
                )
    return found


def _settings(arguments: argparse.Namespace) -> str:
    if arguments.config:
        return str(arguments.config.read_text(encoding="utf-8"))
    models = {"large": arguments.large, "small": arguments.small}
    lines = [f'models.{name}.path = "{path.resolve()}"' for name, path in models.items() if path]
    if not arguments.small:
        lines.insert(0, 'tiers = [{ model = "large" }]')
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, print a table, and as the last line one JSON document."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--large", type=Path, help="the larger model, or the only one")
    parser.add_argument("--small", type=Path, help="the smaller model of the pair")
    parser.add_argument("--config", type=Path, help="a settings file for Coterie")
    parser.add_argument("--llama-server", type=Path, help="the program to compare with")
    parser.add_argument("--both", action="store_true", help="llama-server with the small one, too")
    parser.add_argument("--without-coterie", action="store_true")
    parser.add_argument("--folders", type=Path, nargs="*", help="packages to take places from")
    parser.add_argument("--places", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--short", action="store_true", help=f"{_SHORT_PLACES} places")
    parser.add_argument("--json", action="store_true", help="no table")
    arguments = parser.parse_args()
    folders = arguments.folders or [Path(sysconfig.get_path("stdlib"))]
    places = find_places(folders, _SHORT_PLACES if arguments.short else arguments.places,
                         arguments.seed)  # fmt: skip
    found = {name: figures(c) for name, c in asyncio.run(measure(arguments, places)).items()}
    if not arguments.json:
        table = Table("what", *found)
        for what in dict.fromkeys(what for values in found.values() for what in values):
            table.add_row(what, *(f"{values.get(what, float('nan')):.3f}"
                                  for values in found.values()))  # fmt: skip
        Console().print(table)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
