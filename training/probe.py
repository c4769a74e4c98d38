"""Finds the micro-batch at which this machine trains fastest: a few steps of each size.

    python -m training.probe RUN [--threads N]

Needs no data. Put the best size under the run in settings.toml, or pass it to train.py.
"""

from __future__ import annotations

import argparse
import time

import torch

from training.model import Model, parameters
from training.muon import optimizers
from training.precision import products
from training.settings import Run, Settings, load

STEPS = 4
WARM_STEPS = 2
LARGEST = 256


def tokens_per_second(run: Run, settings: Settings, rows: int, device: str) -> float:
    """Whole optimizer steps of the run's batch, in micro-batches of `rows`."""
    model = Model(settings.models[run.model], settings.tokenizer.vocabulary).to(device)
    forward = torch.compile(model) if run.compile else model
    rules = optimizers(model, run)
    tokens = torch.randint(0, settings.tokenizer.vocabulary, (rows, run.length), device=device)
    weights = torch.ones(rows, run.length, device=device)
    rounds = max(1, run.batch_tokens // tokens.numel())
    began = 0.0
    for step in range(STEPS + WARM_STEPS):
        if step == WARM_STEPS:
            settle(device)
            began = time.monotonic()
        for _ in range(rounds):
            with products(device):
                loss = forward(tokens, tokens, weights) / tokens.numel() / rounds
            loss.backward()
        for rule in rules:
            rule.step()
            rule.zero_grad(set_to_none=True)
    settle(device)
    return STEPS * rounds * tokens.numel() / (time.monotonic() - began)


def settle(device: str) -> None:
    if device == "cuda":
        torch.cuda.synchronize()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    chosen = parser.parse_args()
    if chosen.threads:
        torch.set_num_threads(chosen.threads)
    settings = load()
    run = settings.runs[chosen.run]
    size = parameters(Model(settings.models[run.model], settings.tokenizer.vocabulary))
    print(f"{chosen.run}: {size:,} parameters")
    rows = 1
    while rows * run.length <= run.batch_tokens and rows <= LARGEST:
        try:
            speed = tokens_per_second(run, settings, rows, chosen.device)
            print(f"micro-batch {rows}: {speed:,.0f} tokens/s")
        except torch.cuda.OutOfMemoryError:
            print(f"micro-batch {rows}: out of memory")
            break
        rows *= 2


if __name__ == "__main__":
    main()
