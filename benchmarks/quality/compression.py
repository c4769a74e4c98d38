"""What compressed context still holds of what is wanted, on holes cut from a repository.

No model is asked. Of every hole whose text uses names that do not stand around the cursor it is
counted how many of these names its context brings, for contexts of several sizes: gathered for that
size, or gathered for the whole size and compressed.

    python benchmarks/quality/compression.py FOLDER [--limit N]
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

from code_checks.text.similarity import identifiers_in
from ensemble.evaluation.repository_holes import repository_tasks
from ensemble.evaluation.tasks import Task, draw
from ensemble.file_rules import FileRules
from ensemble.prompts.context.compression import compressed
from ensemble.prompts.context.retrieval import gather_context
from ensemble.request import Chunk

_WHOLE = 2_048
"""Characters of context for a model with a context of 2,048 tokens, as `tier_run` has it."""
_WINDOW = 2 * _WHOLE
_PARTS = (1.0, 0.5, 0.25)
_NEIGHBORS = 12


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--limit", type=int, default=300)
    chosen = parser.parse_args()
    tasks = draw(repository_tasks(chosen.folder, FileRules(chosen.folder)), chosen.limit)
    sources = {task.path: (chosen.folder / task.path).read_text("utf-8") for task in tasks}
    print("| context | characters | names brought | ms |\n|---|---:|---:|---:|")
    for part in _PARTS:
        _report(f"gathered for {part:.0%}", tasks, sources, part, 1.0)
        if part < 1:
            _report(f"compressed to {part:.0%}", tasks, sources, 1.0, part)


def _report(
    name: str, tasks: Sequence[Task], sources: dict[str, str], gathered: float, kept: float
) -> None:
    sizes, brought, times = [], [], []
    for task in tasks:
        shown = task.prompt[-_WINDOW * 3 // 4 :] + task.suffix[: _WINDOW // 4]
        wanted = identifiers_in(task.canonical_solution) - identifiers_in(shown)
        chunks = _chunks(task, sources)
        began = time.process_time()
        context = gather_context(
            task.hole, task.path, chunks, limit_chars=int(gathered * _WHOLE), window_chars=_WINDOW
        )
        if kept < 1:
            context = compressed(context, task.hole, int(kept * _WHOLE))
        times.append((time.process_time() - began) * 1000)
        sizes.append(sum(len(chunk.text) for chunk in context))
        if wanted:
            known = identifiers_in("\n".join(chunk.text for chunk in context))
            brought.append(len(wanted & known) / len(wanted))
    print(
        f"| {name} | {statistics.fmean(sizes):.0f} | {statistics.fmean(brought):.1%} of "
        f"{len(brought)} holes' | {statistics.median(times):.1f} |"
    )


def _chunks(task: Task, sources: dict[str, str]) -> list[Chunk]:
    """Return the files next to a task's own, as if they were open."""
    near = sorted(
        (path for path in sources if path != task.path),
        key=lambda path: (Path(path).parent != Path(task.path).parent, path),
    )
    return [Chunk(path, task.language, sources[path]) for path in near[:_NEIGHBORS]]


if __name__ == "__main__":
    main()
