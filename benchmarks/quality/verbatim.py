"""How many long completions of a model copy the text that it was trained on?

    python benchmarks/quality/verbatim.py INDEX FOLDER [--model FILE.gguf] [--holes 300] [--seed 0]

INDEX is what `training.verbatim build` wrote (or the shipped file). The holes are functions whose
body is taken away, drawn from the Python files of FOLDER; the model writes bodies, greedily.
Completions of 50 words and signs and more are looked up. Prints the figures as a row of the
documentation's table.
"""

from __future__ import annotations

import argparse
import ast
import asyncio
import random
from collections.abc import Iterator
from pathlib import Path

from code_checks.copy_index import SHORTEST_COPY, CopyIndex, tokens_of
from code_checks.hole import Extent, Hole
from ensemble.completer import Completer
from ensemble.local import LocalHost
from ensemble.policy import Policy, Selection, Tier, Trigger
from ensemble.registry import ModelSpec, embedded_models
from ensemble.request import CompletionRequest

_LONGEST_FILE = 100_000
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


async def complete(path: Path, asked: list[Hole], seed: int) -> list[str]:
    """Return what the model writes into each hole, unchecked."""
    host = LocalHost([ModelSpec("model", str(path))])
    policy = Policy(
        (Tier("model"),), gates=(), minimum_agreement=0.0, selection=Selection.TEXT, test_samples=0
    )
    completer = Completer({"model": host.engine("model")}, policy)
    texts = []
    for number, hole in enumerate(asked):
        request = CompletionRequest(
            hole, document=str(number), trigger=Trigger.INVOKED, extent=Extent.FUNCTION,
            deadline=600.0, max_lines=80, seed=seed + number,
        )  # fmt: skip
        answer = await completer.complete(request)
        texts += [completion.text for completion in answer.completions[:1]]
    await host.close()
    return texts


def main() -> None:
    """Complete, look up and print."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    arguments.add_argument("index", type=Path)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--model", type=Path, default=embedded_models()[-1].path)
    arguments.add_argument("--holes", type=int, default=300)
    arguments.add_argument("--seed", type=int, default=0)
    options = arguments.parse_args()
    index = CopyIndex.read(options.index)
    asked = holes(options.folder, options.holes, options.seed)
    texts = asyncio.run(complete(options.model, asked, options.seed))
    long = [text for text in texts if len(tokens_of(text)) >= SHORTEST_COPY]
    copies = [length for text in long if (length := index.longest_copy(text))]
    print(
        f"| {options.model.name} | {options.folder.name} | {len(asked)} | {len(long)} "
        f"| {len(copies)} | {max(copies, default=0)} |"
    )


if __name__ == "__main__":
    main()
