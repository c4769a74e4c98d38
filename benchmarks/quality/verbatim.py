"""How many long completions of a model copy the text that it was trained on?

    python benchmarks/quality/verbatim.py INDEX FOLDER [--model FILE.gguf] [--holes 300]
        [--samples 4] [--seed 0]

INDEX is what `training.verbatim build` wrote (or the shipped file). The holes are functions whose
body is taken away, drawn from the Python files of FOLDER. The model writes each body several times,
once greedily and otherwise at a temperature of 0.7; texts count as it wrote them, before anything
is cut or checked. Those of 50 words and signs and more are looked up. Prints the figures as a row
of the documentation's table: holes, texts, long texts, copies, words and signs of the longest copy.
"""

from __future__ import annotations

import argparse
import ast
import asyncio
import random
from collections.abc import Iterator
from pathlib import Path

from code_checks.checks.copy_index import SHORTEST_COPY, CopyIndex, tokens_of
from code_checks.hole import Extent, Hole
from ensemble.candidate import Sampling, Stop
from ensemble.engines.engine import GenerationRequest
from ensemble.engines.local.host_client import HostClient
from ensemble.models.registry import ModelSpec, embedded_models
from ensemble.prompts.build_prompt import build_prompt

_LONGEST_FILE = 100_000
_LONGEST_TEXT, _TEMPERATURE = 400, 0.7
_SHORTEST_BODY = 8  # Lines: shorter bodies rarely lead to fifty words and signs.


def holes(folder: Path, count: int, seed: int) -> list[Hole]:
    """Return functions without their bodies, drawn evenly from all files."""
    found = [hole for path in sorted(folder.rglob("*.py")) for hole in _of_file(path)]
    return random.Random(seed).sample(found, min(count, len(found)))


def _of_file(path: Path) -> Iterator[Hole]:
    text = path.read_text(encoding="utf-8", errors="replace")
    if len(text) > _LONGEST_FILE:
        return
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return
    lines = text.splitlines(keepends=True)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.end_lineno is not None:
            first, last = node.body[0].lineno - 1, node.end_lineno
            if last - first >= _SHORTEST_BODY and node.body[0].col_offset > node.col_offset:
                before = "".join(lines[:first]) + " " * node.body[0].col_offset
                yield Hole("python", before, "\n" + "".join(lines[last:]))


async def written(path: Path, asked: list[Hole], samples: int, seed: int) -> list[str]:
    """Return what the model writes into each hole, untouched."""
    host = HostClient([ModelSpec("model", str(path))])
    engine = host.engine("model")
    info = await engine.info()
    texts = []
    for number, hole in enumerate(asked):
        samplings = [Sampling(max_tokens=_LONGEST_TEXT)]
        samplings += [
            Sampling(temperature=_TEMPERATURE, max_tokens=_LONGEST_TEXT, seed=seed + other)
            for other in range(1, samples)
        ]
        request = GenerationRequest(
            build_prompt(hole, info),
            tuple(samplings),
            Stop(Extent.FUNCTION, hole, max_lines=80),
            document=str(number),
        )
        async for generation in engine.generate(request):
            last = generation
        texts += [candidate.text for candidate in last.candidates]
    await host.close()
    return texts


def main() -> None:
    """Complete, look up and print."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    arguments.add_argument("index", type=Path)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--model", type=Path, default=embedded_models()[-1].path)
    arguments.add_argument("--holes", type=int, default=300)
    arguments.add_argument("--samples", type=int, default=4)
    arguments.add_argument("--seed", type=int, default=0)
    options = arguments.parse_args()
    index = CopyIndex.read(options.index)
    asked = holes(options.folder, options.holes, options.seed)
    texts = asyncio.run(written(options.model, asked, options.samples, options.seed))
    long = [text for text in texts if len(tokens_of(text)) >= SHORTEST_COPY]
    copies = [length for text in long if (length := index.longest_copy(text))]
    figures = (len(asked), len(texts), len(long), len(copies), max(copies, default=0))
    print(f"| {options.model.name} | {options.folder.name} | {' | '.join(map(str, figures))} |")


if __name__ == "__main__":
    main()
