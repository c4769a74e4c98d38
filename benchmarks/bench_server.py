"""How long the running server takes for one line: from the request to its answer, over stdio.

    python benchmarks/bench_server.py [--holes 30] [--seed 0]

For the small model alone, the large one alone and the default cascade: the models are loaded and
have answered before. At holes in this project's own files, once where the prompt is new to the
models and once more a keystroke later, as a person types.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.lsp_server.client import STATUS, Client

_ROOT = Path(__file__).parent.parent
_CASTS = {
    "small": 'tiers = [{ model = "small" }]\n',
    "large": 'tiers = [{ model = "large" }]\n',
    "default": "",
}
_PATIENT = '[deadline]\nautomatic = "10 s"\n'
_WARM_UP = 3

Cut = tuple[str, int, int]
"""A document with a hole, and the hole's line and column."""


def cuts(count: int, seed: int) -> list[Cut]:
    """Return files whose line ends behind its indentation and first character."""
    files = sorted((_ROOT / "ensemble").glob("*.py"))
    chance, found = random.Random(seed), list[Cut]()
    while len(found) < count:
        lines = chance.choice(files).read_text(encoding="utf-8").splitlines()
        number = chance.randrange(len(lines))
        indentation = len(lines[number]) - len(lines[number].lstrip())
        if len(lines[number].strip()) >= 10:
            rest = lines[number][: indentation + 1]
            text = "\n".join([*lines[:number], rest, *lines[number + 1 :]]) + "\n"
            found.append((text, number, indentation + 1))
    return found


def measure(settings: str, holes: list[Cut]) -> dict[str, list[float]]:
    """Return milliseconds of every answer to a new prompt, and of those a keystroke later."""
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder, "config.toml")
        config.write_text(settings + _PATIENT)
        return asyncio.run(_answered(config, holes))


async def _answered(config: Path, holes: list[Cut]) -> dict[str, list[float]]:
    new, later = list[float](), list[float]()
    executable = Path(sys.executable).with_name("coterie")
    client = await Client.start(str(executable), "serve", env={"COTERIE_CONFIG": str(config)})
    await client.initialize()
    await client.notification(
        STATUS, lambda status: all(model["state"] == "ready" for model in status["models"])
    )
    for number, (text, line, column) in enumerate(holes):
        uri = config.with_name(f"file{number}.py").as_uri()
        client.open(uri, text, "python")
        for times, typed in ((new, 0), (later, 1)):
            begun = time.perf_counter()
            await client.inline(uri, line, column + typed)
            times.append((time.perf_counter() - begun) * 1000)
            client.type(uri, line, column + typed, "e")
    await client.goodbye()
    return {"new": new[_WARM_UP:], "next": later[_WARM_UP:]}


def main() -> None:
    """Measure, print a table, and as the last line one JSON document."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--holes", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    holes = cuts(arguments.holes + _WARM_UP, arguments.seed)
    table = Table("models", "prompt", "median, ms", "95th percentile, ms")
    document: dict[str, dict[str, dict[str, float]]] = {}
    for name, settings in _CASTS.items():
        for kind, times in measure(settings, holes).items():
            ordered = sorted(times)
            figures = statistics.median(ordered), ordered[int(len(ordered) * 0.95)]
            table.add_row(name, kind, *(f"{figure:.0f}" for figure in figures))
            document.setdefault(name, {})[kind] = {"median": figures[0], "p95": figures[1]}
    Console().print(table)
    print(json.dumps(document))


if __name__ == "__main__":
    main()
