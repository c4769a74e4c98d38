"""Speed of the inference core on one model: prefill, branches in one batch, reuse, preemption.

    python benchmarks/bench_inference.py [MODEL.gguf]... [--tokens 1500]

Without arguments the embedded models are measured. For the speed of larger ones
`benchmarks/random_model.py` makes a file of any shape.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from code_checks.hole import Extent, Hole
from ensemble.candidate import Sampling, Stop
from ensemble.engines.prompt import ESSENTIAL, Piece, Prompt
from ensemble.inference.job import Job
from ensemble.inference.model import Model
from ensemble.inference.prompt_tokens import fit_prompt
from ensemble.models.registry import ModelSpec, embedded_models

_BRANCHES = (1, 2, 4, 8)
_STEPS = 24


def main() -> None:
    """Measure every model and print a table, and the same as JSON on the last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="*")
    parser.add_argument("--tokens", type=int, default=1500)
    parser.add_argument("--repeat", type=int, default=3)
    arguments = parser.parse_args()
    paths = arguments.models or [model.spec().path for model in embedded_models()]
    results = {path: _measure(path, arguments.tokens, arguments.repeat) for path in paths}
    table = Table("median of what", *(Path(path).name for path in results))
    for name in next(iter(results.values())):
        table.add_row(name, *(f"{figures[name]:,.1f}" for figures in results.values()))
    Console().print(table)
    print(json.dumps(results))


def _measure(path: str, tokens: int, repeat: int) -> dict[str, float]:
    model = Model(ModelSpec(name="model", path=path, context=tokens + 256))
    model.saved_limit = 1 << 30
    try:
        return {
            name: round(statistics.median(measure() for _ in range(repeat)), 2)
            for name, measure in _measurements(model, tokens)
        }
    finally:
        model.close()


def _measurements(model: Model, tokens: int) -> list[tuple[str, Callable[[], float]]]:
    prefill = [("prefill, tokens/s", lambda: _prefill(model, tokens))]
    slices = [("longest slice of a prefill, ms", lambda: _longest_slice(model, tokens))]
    steps = [
        (f"one step of {count} branches, ms", lambda count=count: _step(model, count))
        for count in _BRANCHES
    ]
    again = [("same prompt again, first token, ms", lambda: _again(model))]
    return [*prefill, *slices, *steps, *again]


def _job(model: Model, tokens: int, branches: int, salt: str = "") -> Job:
    text = "".join(f"value_{n} = compute({n}, {n * 7}){salt}\n" for n in range(tokens))
    samplings = [Sampling(1.0, top_p=1.0, seed=n, max_tokens=_STEPS) for n in range(branches)]
    prompt = Prompt((Piece(text, "prefix", ESSENTIAL),))
    fitted = fit_prompt(prompt, model.vocabulary, tokens)
    stop = Stop(Extent.BLOCK, Hole("plaintext", "", ""), 1000)
    return Job(model, fitted, samplings, stop, _STEPS)


def _prefill(model: Model, tokens: int) -> float:
    return tokens / sum(_slices(model, tokens))


def _longest_slice(model: Model, tokens: int) -> float:
    return max(_slices(model, tokens)) * 1000


def _slices(model: Model, tokens: int) -> list[float]:
    """Prefill an empty cache; return the seconds of each slice."""
    model.saved_limit = 0
    job = _job(model, tokens, 1, salt=f"  # {time.monotonic_ns()}")
    seconds = []
    while True:
        start = time.perf_counter()
        spoke = job.step()
        seconds.append(time.perf_counter() - start)
        if spoke:
            job.suspend()
            return seconds


def _step(model: Model, branches: int) -> float:
    """Return the median milliseconds of a step that gives every branch one more token."""
    job = _job(model, 600, branches)
    while not job.step():
        pass
    seconds = []
    while not job.done:
        start = time.perf_counter()
        job.step()
        seconds.append(time.perf_counter() - start)
    job.suspend()
    return statistics.median(seconds) * 1000 if seconds else 0.0


def _again(model: Model) -> float:
    job = _job(model, 600, 1)
    start = time.perf_counter()
    while not job.step():
        pass
    job.suspend()
    return (time.perf_counter() - start) * 1000


if __name__ == "__main__":
    main()
