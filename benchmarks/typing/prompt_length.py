"""What the tokens of a prompt are worth: right lines by the length of prefix and suffix.

    python benchmarks/typing/prompt_length.py FILE.gguf [--places 60] [--seed 1] [--folders …]

Each line of the places is asked for behind Enter and the editor's indentation, greedily, with every
combination of the lengths. The last line of the output is one JSON document.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import sysconfig
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.typing.places import Place, find_places
from benchmarks.typing.replay import auto_indentation
from benchmarks.typing.screen import first_line
from code_checks.hole import Extent, Hole
from ensemble.candidate import Sampling, Stop
from ensemble.engines.engine import GenerationRequest
from ensemble.engines.local.host_client import HostClient
from ensemble.engines.prompt import ESSENTIAL, Piece, Prompt
from ensemble.models.info import ModelInfo
from ensemble.models.registry import ModelSpec

PREFIXES = (144, 384, 768, 1536)
SUFFIXES = (0, 16, 48, 96)
_CHARACTERS = 3.6
"""Of one token of code, about."""

Found = dict[tuple[int, int], tuple[int, int, float]]


async def measure(model: Path, places: list[Place]) -> Found:
    """Return for each combination how many lines were right, of how many, and the seconds."""
    host = HostClient([ModelSpec(name="model", path=str(model), context=4096)])
    engine = host.engine("model")
    info = await engine.info()
    found: Found = {}
    for number, place in enumerate(places):
        at = number % len(place.lines)
        before = "\n".join([place.before, *place.lines[:at]])
        after = "\n".join(["", *place.lines[at + 1 :]]) + place.after
        head = auto_indentation(before.rsplit("\n", 1)[-1])
        line = place.lines[at]
        if not line.startswith(head):
            continue
        for prefix in PREFIXES:
            for suffix in SUFFIXES:
                hole = Hole("python", before + "\n" + head, after)
                prompt = _prompt(info, before, after, head, prefix, suffix)
                began = time.monotonic()
                request = GenerationRequest(
                    prompt, (Sampling(max_tokens=48),), Stop(Extent.LINE, hole), 0.0
                )
                text = ""
                async for generation in engine.generate(request):
                    text = generation.candidates[0].text
                right, asked, seconds = found.get((prefix, suffix), (0, 0, 0.0))
                is_right = head + first_line(text) == line
                found[prefix, suffix] = (
                    right + is_right, asked + 1, seconds + time.monotonic() - began,
                )  # fmt: skip
        print(number + 1, {k: v[0] for k, v in found.items()}, file=sys.stderr)
    await host.close()
    return found


def _prompt(
    info: ModelInfo, before: str, after: str, head: str, prefix: int, suffix: int
) -> Prompt:
    start = max(0, len(before) - int(prefix * _CHARACTERS))
    start = before.find("\n", start) + 1 if start else 0
    stop = int(suffix * _CHARACTERS)
    end = after.rfind("\n", 0, max(stop, 1)) + 1 if stop < len(after) else len(after)
    return Prompt(
        (
            Piece.control(info.fim.prefix),
            Piece(before[start:] + "\n", "prefix", ESSENTIAL),
            Piece.control(info.fim.suffix),
            Piece(after[:end], "suffix", ESSENTIAL),
            Piece.control(info.fim.middle),
        ),
        head,
    )


def main() -> None:
    """Measure, print a table, and as the last line one JSON document."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("--places", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folders", type=Path, nargs="*")
    arguments = parser.parse_args()
    folders = arguments.folders or [Path(sysconfig.get_path("stdlib"))]
    places = find_places(folders, arguments.places, arguments.seed)
    found = asyncio.run(measure(arguments.model, places))
    table = Table("prefix", *(f"suffix {suffix}" for suffix in SUFFIXES))
    for prefix in PREFIXES:
        cells = [found[prefix, suffix] for suffix in SUFFIXES]
        table.add_row(str(prefix), *(f"{c[0]}/{c[1]}  {c[2] / c[1]:.2f} s" for c in cells))
    Console().print(table)
    print(json.dumps({f"{prefix}+{suffix}": values for (prefix, suffix), values in found.items()}))


if __name__ == "__main__":
    main()
