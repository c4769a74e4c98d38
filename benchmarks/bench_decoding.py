"""Pairs of models against the large one alone: tokens per second, drafts kept, texts that differ.

    python benchmarks/bench_decoding.py [--model LARGE.gguf --partner SMALL.gguf]
        [--sources FOLDER] [--prompts 200] [--window 3000] [--tokens 40] [--branches 1]
        [--methods A,B] [--draft 8] [--confidence 0.4] [--threads N]

Prompts are lines cut out of Python files, the standard library's unless `--sources` names a folder.
Every prompt is answered by the large model alone and by each method, one right after the other, so
that whatever else the machine does slows them all alike. Times are those of decoding: the prompts
are in the caches before. Where a text differs from what the large model says alone, the first
difference is kept with the gap between the large model's two best logits there. Prints a table and,
as the last line, one JSON document.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sysconfig
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
from rich.console import Console
from rich.table import Column, Table

from code_checks.hole import Extent, Hole
from ensemble.candidate import Sampling, Stop
from ensemble.inference.cached_sequence import CachedSequence, LogitsWanted
from ensemble.inference.decoding.pair_job import pair_job
from ensemble.inference.job import Job, JobInputs
from ensemble.inference.model import Model
from ensemble.inference.prompt_tokens import FittedPrompt, fit_prompt
from ensemble.models.default_models import known_models
from ensemble.models.registry import ModelSpec
from ensemble.policy.decoding import Decoding, DecodingMethod
from ensemble.prompts.build_prompt import build_prompt

_LEAST_FILE = 2000
_WIDTH = 120


class Run(msgspec.Struct):
    """What one way of decoding did on all prompts. `ratios` are its tokens per second by those of
    the large model alone, prompt by prompt."""

    tokens: int = 0
    seconds: float = 0.0
    drafted: int = 0
    accepted: int = 0
    same: int = 0
    ratios: list[float] = []
    differences: list[Difference] = []

    @property
    def speed(self) -> float:
        return self.tokens / self.seconds if self.seconds else 0.0


class Difference(msgspec.Struct):
    """Where a text first differs: the prompt's number, the token's, and the large model's gap."""

    prompt: int
    token: int
    gap: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--model", type=Path)
    parser.add_argument("--partner", type=Path)
    parser.add_argument("--sources", type=Path, default=Path(sysconfig.get_path("stdlib")))
    parser.add_argument("--prompts", type=int, default=200)
    parser.add_argument("--window", type=int, default=3000, help="characters on either side")
    parser.add_argument("--tokens", type=int, default=40)
    parser.add_argument("--branches", type=int, default=1)
    parser.add_argument("--extent", type=Extent, default=Extent.BLOCK)
    parser.add_argument("--methods", default=",".join(DecodingMethod))
    parser.add_argument("--draft", type=int, default=Decoding(DecodingMethod.LOOKUP).draft)
    parser.add_argument(
        "--confidence", type=float, default=Decoding(DecodingMethod.LOOKUP).confidence
    )
    parser.add_argument("--threads", type=int)
    options = parser.parse_args()
    pair = _opened("large", options), _opened("small", options)
    holes = _holes(options.sources, options.prompts, options.window)
    ways = [_decoding(DecodingMethod(name), options) for name in options.methods.split(",")]
    runs = _measure(pair, holes, ways, options)
    _print(runs)


def _opened(name: str, options: argparse.Namespace) -> Model:
    path = options.model if name == "large" else options.partner
    spec = known_models({})[name] if path is None else ModelSpec(name=name, path=str(path))
    model = Model(msgspec.structs.replace(spec, threads=options.threads))
    model.saved_limit = 1 << 28
    return model


def _decoding(method: DecodingMethod, options: argparse.Namespace) -> Decoding:
    partner = "" if method is DecodingMethod.LOOKUP else "small"
    return Decoding(method, partner, draft=options.draft, confidence=options.confidence)


def _holes(folder: Path, count: int, window: int) -> list[Hole]:
    """Cut lines, half of them from their first letter and half from the middle, out of files that
    are drawn with a seed."""
    chance = random.Random(20)
    files = sorted(p for p in folder.glob("*.py") if p.stat().st_size > _LEAST_FILE)
    holes: list[Hole] = []
    while len(holes) < count:
        text = chance.choice(files).read_text(encoding="utf-8", errors="replace")
        at = chance.randrange(len(text) // 4, len(text))
        start, end = text.rfind("\n", 0, at) + 1, text.find("\n", at)
        line = text[start:end]
        if end < 0 or not line.strip():
            continue
        indent = len(line) - len(line.lstrip())
        cut = start + (indent if len(holes) % 2 else (indent + len(line)) // 2)
        holes.append(Hole("python", text[max(0, cut - window) : cut], text[end:][:window]))
    return holes


def _measure(
    pair: tuple[Model, Model], holes: list[Hole], ways: list[Decoding], options: argparse.Namespace
) -> dict[str, Run]:
    runs = {"large alone": Run(), "small alone": Run()}
    runs |= {way.method.value: Run() for way in ways}
    for number, hole in enumerate(holes):
        # The first job on a prompt computes it in slices, the following ones its last token alone,
        # which rounds differently: all that are compared are following ones.
        for model in pair:
            _read(model, hole).suspend()
        alone = _take(runs["large alone"], Job(*_question(pair[0], hole, options)), None)
        _take(runs["small alone"], Job(*_question(pair[1], hole, options)), None)
        for way in ways:
            question = _question(pair[0], hole, options)
            fitted = _fitted(pair[1], hole)
            partner = (pair[1], fitted) if way.partner else (None,)
            run = runs[way.method.value]
            job = _take(run, pair_job(question, way, *partner), alone)
            first = _first_difference(alone[0], job[0])
            if first is None:
                run.same += 1
            else:
                gap = _gap(pair[0], hole, alone[0].branches[0].tokens[:first])
                run.differences.append(Difference(number, first, round(gap, 4)))
    return runs


Timed = tuple[Job, float]
"""A finished job and its tokens per second."""


def _take(run: Run, job: Job, alone: Timed | None) -> Timed:
    """Finish a job and add it to a run; the time counts from when the prompts are read."""
    while not all(sequence.ready for sequence in job._sequences):
        job.step()
    start = time.perf_counter()
    while not job.done:
        job.step()
    seconds = time.perf_counter() - start
    job.suspend()
    usage = job.generation().usage
    run.tokens += usage.generated
    run.seconds += seconds
    run.drafted += usage.drafted
    run.accepted += usage.accepted
    speed = usage.generated / seconds
    if alone is not None and usage.generated and alone[1]:
        run.ratios.append(speed / alone[1])
    return job, speed


def _question(model: Model, hole: Hole, options: argparse.Namespace) -> JobInputs:
    samplings = [
        Sampling(0.8 * bool(branch), seed=branch, max_tokens=options.tokens)
        for branch in range(options.branches)
    ]
    stop = Stop(options.extent, hole, 48)
    return JobInputs(model, _fitted(model, hole), samplings, stop, options.tokens)


def _fitted(model: Model, hole: Hole) -> FittedPrompt:
    room = model.context_tokens - model.context_tokens // 4
    return fit_prompt(build_prompt(hole, model.info), model.vocabulary, room)


def _first_difference(alone: Job, job: Job) -> int | None:
    left, right = alone.branches[0].tokens, job.branches[0].tokens
    pairs = enumerate(zip(left, right, strict=False))
    differing = next((at for at, (one, other) in pairs if one != other), None)
    if differing is None and len(left) != len(right):
        return min(len(left), len(right))
    return differing


def _read(model: Model, hole: Hole) -> CachedSequence:
    reading = CachedSequence(model, _fitted(model, hole).tokens, 1)
    while not reading.ready:
        reading.prefill()
    return reading


def _gap(model: Model, hole: Hole, written: list[int]) -> float:
    """Return by how much the best logit after some tokens is above the next."""
    reading = _read(model, hole)
    logits = reading.read([LogitsWanted(0, written, len(written))])[0][0]
    best = np.sort(logits)[-2:]
    reading.suspend()
    return float(best[1] - best[0])


def _rows(runs: dict[str, Run]) -> Iterator[tuple[str, ...]]:
    base = runs["large alone"].speed
    for name, run in runs.items():
        ratios = statistics.median(run.ratios) if run.ratios else 1.0
        accepted = f"{run.accepted / run.drafted:.0%} of {run.drafted}" if run.drafted else "–"
        gaps = [difference.gap for difference in run.differences]
        lossless = name in (DecodingMethod.SPECULATIVE, DecodingMethod.LOOKUP)
        listed = f"{len(gaps)} (largest gap {max(gaps):.3f})" if gaps and lossless else "–"
        yield (
            name, f"{run.speed:,.0f}", f"{run.speed / base:.2f}",
            f"{ratios:.2f}" if run.ratios else "–", accepted,
            str(run.same) if run.ratios else "–", listed,
        )  # fmt: skip


def _print(runs: dict[str, Run]) -> None:
    table = Table(
        Column("decoding", no_wrap=True), "tokens/s", "ratio", "median ratio of a prompt",
        "drafts kept", "texts as alone", "first differences",
    )  # fmt: skip
    for row in _rows(runs):
        table.add_row(*row)
    Console(width=_WIDTH).print(table)
    document = {name: msgspec.to_builtins(run) | {"speed": run.speed} for name, run in runs.items()}
    print(json.dumps(document))


if __name__ == "__main__":
    main()
