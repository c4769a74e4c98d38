"""Measures models and policies on files of tasks, and compares the policies pairwise.

    python benchmarks/quality/measure.py TASKS... [--recorded FILE] [--model NAME=FILE.gguf]...
        [--policy NAME_OR_FILE]... [--live] [--limit N] [--pictures FOLDER]

Does what `coterie evaluate` does, for several files, and says besides by how much each policy is
better than the best single model and than the dearest one: paired by task, with the 95 % interval
bootstrapped by problem. `--model small=…` measures another small model instead of the one that is
configured. Prints rows for docs/measurements.md and, as the last line, one JSON document.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from ensemble.evaluation.measure import Evaluation
from ensemble.evaluation.picture import picture
from ensemble.evaluation.plans import PlanKind
from ensemble.evaluation.results import Result, paired_gain
from lsp_server.commands.evaluation.evaluate import EvaluateOptions, measured

Gains = dict[str, dict[str, tuple[float, float, float]]]


@contextmanager
def configured(models: list[str]) -> Iterator[None]:
    """Let settings with these models, given as NAME=FILE, hold instead of the user's."""
    if not models:
        yield
        return
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "config.toml")
        pairs = [model.partition("=") for model in models]
        file.write_text(
            "".join(
                f"[models.{json.dumps(name)}]\npath = {json.dumps(str(Path(path).resolve()))}\n"
                for name, _, path in pairs
            )
        )
        before = os.environ.get("COTERIE_CONFIG")
        os.environ["COTERIE_CONFIG"] = str(file)
        try:
            yield
        finally:
            if before is None:
                del os.environ["COTERIE_CONFIG"]
            else:
                os.environ["COTERIE_CONFIG"] = before


def gains(evaluation: Evaluation) -> Gains:
    """Return each policy's gain in pass@1 over the best and over the dearest single, with the ends
    of its interval."""
    results = evaluation.results.policies
    singles = {name: result for name, result in results.items() if result.kind == PlanKind.SINGLE}
    if not singles:
        return {}
    references = {
        max(singles, key=lambda name: singles[name].pass_at_1),
        max(singles, key=lambda name: singles[name].cost),
    }
    found: Gains = {}
    for name, result in results.items():
        if result.kind == PlanKind.POLICY:
            for reference in sorted(references):
                rates = evaluation.rates[name], evaluation.rates[reference]
                gain, interval = paired_gain(evaluation.tasks, *rates)
                found.setdefault(name, {})[reference] = (gain, *interval)
    return found


def row(name: str, tasks: str, result: Result) -> str:
    """Return one row for the documentation's table."""
    low, high = result.ci95
    shown = f"{result.shown_right / result.shown:.1%}" if result.shown else "–"
    return (
        f"| {name} | {tasks} ({result.tasks}) | {result.pass_at_1:.1%} ({low:.1%} – {high:.1%}) "
        f"| {result.shown / result.tasks:.0%} | {shown} | {result.cost:.4g} "
        f"| {result.seconds / result.tasks:.3f} |"
    )


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    arguments.add_argument("tasks", nargs="+", type=Path)
    arguments.add_argument("--recorded", action="append", type=Path, default=[])
    arguments.add_argument("--live", action="store_true")
    arguments.add_argument("--model", action="append", default=[], metavar="NAME=FILE.gguf")
    arguments.add_argument("--policy", action="append", default=[])
    arguments.add_argument("--limit", type=int)
    arguments.add_argument("--pictures", type=Path, metavar="FOLDER")
    options = arguments.parse_args()
    document = {}
    with configured(options.model):
        for file in options.tasks:
            evaluation = measured(
                EvaluateOptions(
                    file, policies=tuple(options.policy), recorded=tuple(options.recorded),
                    live=options.live, limit=options.limit,
                )
            )  # fmt: skip
            results, name = evaluation.results.policies, file.name.partition(".")[0]
            print("\n".join(row(policy, name, result) for policy, result in results.items()))
            for policy, against in gains(evaluation).items():
                for reference, (gain, low, high) in against.items():
                    print(f"{policy} over {reference}: {gain:+.1%} ({low:+.1%} to {high:+.1%})")
            if options.pictures:
                options.pictures.mkdir(parents=True, exist_ok=True)
                drawn = picture(results, f"{name}: quality against cost")
                (options.pictures / f"{name}.svg").write_text(drawn, encoding="utf-8")
            document[name] = {"policies": results, "gains": gains(evaluation)}
    print(msgspec.json.encode(document).decode())


if __name__ == "__main__":
    main()
