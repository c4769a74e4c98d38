"""Writes the model card: what the models read, how they were trained, how well they do.

    python -m training.model_card FOLDER... [--measured OUTPUT] > MODEL_CARD.md

Each FOLDER is one under runs/, mostly a decay's. Everything in the card comes from the training
folder (corpus.json, each log.jsonl) and from what benchmarks/quality/measure.py printed, kept in
the file OUTPUT. Nothing is typed in by hand, so nothing can be stale.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from training.heldout import PACKAGES
from training.settings import Settings, Shape, home, load

HEADER = """# Model card

Small code models for one thing: filling a hole in Python source. Made by the scripts of
`training/` from permissively licensed source alone. MIT license.

**Limits.** They know Python and little English, no other language. They were never tuned to
follow instructions. What they write is a guess: Coterie checks it before it shows it. Their
context is short (see below), and beyond it they know nothing of a file.

**Made** on two processor cores at the lowest priority, within hours: no GPU was at hand, so this is
the recipe at its smallest size. [How](README.md), [what they are worth](../docs/measurements.md).
"""

TABLE = "| model | parameters | shape | tokens seen | last loss (all, answer) |\n"
RULE = "|---|---|---|---|---|\n"


def rows(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text().splitlines() if line]


def last(events: Iterable[dict[str, Any]], *names: str) -> dict[str, Any]:
    """The latest row of one of these events, or an empty one."""
    found = [row for row in events if row.get("event") in names]
    return found[-1] if found else {}


def shape_text(shape: Shape) -> str:
    return (
        f"llama, {shape.width} × {shape.layers}, {shape.heads} heads × {shape.head_width}, "
        f"{shape.kv_heads} KV heads, ff {shape.ff}, tied"
    )


def run_row(name: str, folder: Path) -> str:
    events = rows(folder / "log.jsonl")
    start, losses = last(events, "start"), last(events, "valid", "final")
    tokens = events[-1]["tokens"] if events else 0
    cells = (
        name,
        f"{start.get('parameters', 0) / 1e6:.1f}M",
        shape_text(msgspec.convert(start["shape"], Shape)) if start else "not yet",
        f"{tokens / 1e6:.1f}M",
        f"{losses['all']:.3f}, {losses['answer']:.3f} nats per token" if losses else "not yet",
    )
    return f"| {' | '.join(cells)} |\n"


def evaluation_lines(measured: Iterable[Path]) -> Iterator[str]:
    """The last line of each output of measure.py, as a table."""
    yield "\n## Evaluation\n\nShare of the holes that are right, and its 95 % interval by problem; "
    yield "`benchmarks/quality/measure.py`. For `heldout` only the original text is right.\n\n"
    yield "| holes | policy | right | cost of a task |\n|---|---|---|---|\n"
    for path in measured:
        document = json.loads(path.read_text().splitlines()[-1])
        for tasks, found in document.items():
            for policy, result in found["policies"].items():
                low, high = result["ci95"]
                right = f"{result['pass_at_1']:.1%} ({low:.1%} – {high:.1%})"
                cells = (f"{tasks} ({result['tasks']})", policy, right, f"{result['cost']:.3g}")
                yield f"| {' | '.join(cells)} |\n"


def recipe(name: str, settings: Settings) -> str:
    run = settings.runs[name]
    grown = f"begins with the layers of {run.grown_from}, stacked; " if run.grown_from else ""
    return (
        f"- **{name}**: {grown}rows of {run.length} tokens, batches of {run.batch_tokens:,}; in "
        f"the decay {run.decay_length} and {run.decay_batch_tokens or run.batch_tokens:,}. Muon "
        f"{run.muon_rate} (weight decay {run.muon_decay}) for matrices, AdamW "
        f"{run.embedding_rate} for the embedding and {run.norm_rate} for norms; warm-up "
        f"{run.warmup_steps} steps, stable, then linear to {run.final_rate_share:.0%}; the last "
        f"{run.average_share:.0%} of the decay averaged.\n"
    )


def corpus_lines(report: dict[str, Any]) -> Iterator[str]:
    yield (
        f"\n## Corpus\n\n{report['characters'] / 1e6:.0f} MB of Python in {report['files']:,} "
        f"files ({report['tests'] / report['characters']:.0%} tests) from the standard library "
        f"and {len(report['packages']) - 1} packages. Held out by path and by runs of ten tokens: "
        f"{', '.join(sorted(PACKAGES))}; HumanEval and MBPP.\n\nFiles left out: "
    )
    refused = sorted(report["refused"].items(), key=lambda item: -item[1])
    yield ", ".join(f"{reason.replace('_', ' ')} {count:,}" for reason, count in refused)
    yield ".\n\n| package | version | license as declared | kept, kB |\n|---|---|---|---|\n"
    for package in sorted(report["packages"], key=lambda p: -p["kept"]):
        if package["kept"]:
            cells = (package["name"], package["version"], package["license"])
            yield f"| {' | '.join(cells)} | {package['kept'] // 1000:,} |\n"


def card(names: list[str], settings: Settings, folder: Path, measured: list[Path]) -> str:
    tokenizer = settings.tokenizer
    parts = [HEADER, "\n", TABLE, RULE]
    parts += [run_row(name, folder / "runs" / name) for name in names]
    parts.append(
        "\n`all` is the loss on every token of unseen files with holes, `answer` only on what "
        "fills the holes.\n"
        f"\n## Recipe\n\nTokenizer: byte-level BPE, {tokenizer.vocabulary:,} entries, tokens may "
        "span words and begin with a newline but never reach into the next line.\n"
    )
    starts = [last(rows(folder / "runs" / name / "log.jsonl"), "start") for name in names]
    used = {start["run"]: None for start in starts if start}  # ordered, each once
    parts += [recipe(run, settings) for run in used]
    if measured:
        parts += evaluation_lines(measured)
    parts += corpus_lines(json.loads((folder / "corpus.json").read_text()))
    return "".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--measured", type=Path, action="append", default=[])
    chosen = parser.parse_args()
    print(card(chosen.folders, load(), home(), chosen.measured), end="")


if __name__ == "__main__":
    main()
