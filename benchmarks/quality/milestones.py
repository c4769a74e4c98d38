"""Measures one model at several points of its training: pass@1 against tokens seen.

    python benchmarks/quality/milestones.py TASKS TOKENS=FILE.gguf... [--limit N] [--out FILE.svg]

TOKENS may be written 250M or 3.2G. Prints a table and, as the last line, one JSON document.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import msgspec

from benchmarks.quality.measure import configured
from ensemble.evaluation.picture import picture
from ensemble.evaluation.results import Result
from lsp_server.commands.evaluation.evaluate import EvaluateOptions, measured

_FACTORS = {"k": 1e3, "M": 1e6, "G": 1e9, "B": 1e9}


def tokens(text: str) -> float:
    """Read 250M as 250,000,000. Raises ValueError."""
    factor = _FACTORS.get(text[-1:], 1.0)
    return float(text[:-1] if text[-1:] in _FACTORS else text) * factor


def measure(tasks: Path, milestones: list[str], limit: int | None) -> dict[str, Result]:
    """Return the figures of each milestone, with the tokens that it has seen as its cost."""
    results = {}
    for milestone in milestones:
        seen, _, file = milestone.partition("=")
        with configured([f"milestone={file}"]):
            request = EvaluateOptions(tasks, policies=("milestone",), limit=limit)
            result = measured(request).results.policies["milestone"]
        results[seen] = msgspec.structs.replace(result, cost=tokens(seen))
    return results


def main() -> None:
    """Measure, print and draw."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    arguments.add_argument("tasks", type=Path)
    arguments.add_argument("milestones", nargs="+", metavar="TOKENS=FILE.gguf")
    arguments.add_argument("--limit", type=int)
    arguments.add_argument("--out", type=Path, metavar="FILE.svg")
    options = arguments.parse_args()
    results = measure(options.tasks, options.milestones, options.limit)
    for seen, result in results.items():
        low, high = result.ci95
        print(f"| {seen} | {result.pass_at_1:.1%} ({low:.1%} – {high:.1%}) | {result.exact:.1%} |")
    if options.out:
        title = f"{options.tasks.name}: quality against training"
        options.out.write_text(picture(results, title, "tokens seen"), encoding="utf-8")
    print(msgspec.json.encode(results).decode())


if __name__ == "__main__":
    main()
