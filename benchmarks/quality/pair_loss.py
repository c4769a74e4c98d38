"""Held-out loss of pairs: how likely each way of combining two models finds what was there.

    python benchmarks/quality/pair_loss.py TASKS [--model LARGE.gguf --partner SMALL.gguf]
        [--limit N] [--weights 0.25,0.5,0.75]

Both models read every task's prompt and its original text; at each token their distributions are
combined as in decoding, and what the text's own token gets is counted. Speculative decoding and
lookup have the large model's loss by construction, one model per token that of the linear fusion,
and a speculative cascade no loss of its own, because what it draws from depends on its drafts.
Prints a table of nats for each token and, as the last line, one JSON document.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from pathlib import Path

import msgspec
import numpy as np
from rich.console import Console
from rich.table import Table

from ensemble.evaluation.tasks import Task, draw, read_tasks
from ensemble.inference.cached_sequence import CachedSequence, LogitsWanted
from ensemble.inference.decoding.fusion import combination
from ensemble.inference.model import Model
from ensemble.inference.prompt_tokens import fit_prompt
from ensemble.inference.sampler import Logits, log_probability
from ensemble.models.default_models import known_models
from ensemble.models.registry import ModelSpec
from ensemble.policy.decoding import Decoding, DecodingMethod
from ensemble.prompts.build_prompt import build_prompt

_MOST_TOKENS = 60


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("tasks", type=Path)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--partner", type=Path)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--weights", default="0.25,0.5,0.75")
    options = parser.parse_args()
    models = _opened("large", options.model), _opened("small", options.partner)
    ways = _ways([float(weight) for weight in options.weights.split(",")])
    losses: defaultdict[str, list[float]] = defaultdict(list)
    tasks = read_tasks(options.tasks)
    for task in draw(tasks, options.limit) if options.limit else tasks:
        for name, found in _losses(task, models, ways).items():
            losses[name] += found
    _print(losses)


def _opened(name: str, path: Path | None) -> Model:
    spec = known_models({})[name] if path is None else ModelSpec(name=name, path=str(path))
    return Model(spec)


def _ways(weights: list[float]) -> dict[str, Decoding]:
    """Return what is compared, by the name that the table gives it."""
    ways = {}
    for weight in weights:
        fusion = Decoding(DecodingMethod.FUSION, "small", weight=weight)
        ways[f"fusion, weight {weight:g}"] = fusion
        pooled = msgspec.structs.replace(fusion, pooling="log-linear")
        ways[f"log-linear fusion, weight {weight:g}"] = pooled
        # Whatever is not plausible has no probability at all, so its loss would be infinite.
        ways[f"contrastive, weight {weight:g}"] = Decoding(
            DecodingMethod.CONTRASTIVE, "small", weight=weight, plausible=0.0
        )
    return ways


def _losses(
    task: Task, models: tuple[Model, Model], ways: dict[str, Decoding]
) -> dict[str, list[float]]:
    """Return for each way what the tokens of the task's own text cost."""
    own, other = (_expected(model, task) for model in models)
    found: defaultdict[str, list[float]] = defaultdict(list)
    for (token, left), (_, right) in zip(own, other, strict=True):
        found["large alone"].append(-log_probability(left, token))
        found["small alone"].append(-log_probability(right, token))
        for name, way in ways.items():
            scores = combination(way)(left, right, None)
            found[name].append(-log_probability(scores, token))
    return found


def _expected(model: Model, task: Task) -> list[tuple[int, Logits]]:
    """Return the tokens of a task's text, each with what the model expected there."""
    room = model.context_tokens - model.context_tokens // 4
    prompt = build_prompt(task.hole, model.info, path=task.path)
    vocabulary = model.vocabulary
    # A token that the cursor splits counts whole, alike for all.
    fitted = fit_prompt(prompt, vocabulary, room)
    tokens = vocabulary.tokenize(fitted.rest.decode("utf-8", "replace") + task.canonical_solution)
    reading = CachedSequence(model, fitted.tokens, 1)
    while not reading.ready:
        reading.prefill()
    tokens = tokens[:_MOST_TOKENS]
    heard = reading.read([LogitsWanted(0, tokens[:-1], 0)])[0] if tokens else []
    expected = [(token, logits.copy()) for token, logits in zip(tokens, heard, strict=True)]
    reading.suspend()
    return expected


def _print(losses: dict[str, list[float]]) -> None:
    table = Table("combination", "nats for a token", "over the large model alone")
    base = float(np.mean(losses["large alone"]))
    means = {name: float(np.mean(found)) for name, found in losses.items()}
    for name, mean in means.items():
        table.add_row(name, f"{mean:.4f}", f"{mean - base:+.4f}")
    Console().print(table)
    print(json.dumps({"tokens": len(losses["large alone"]), "loss": means}))


if __name__ == "__main__":
    main()
