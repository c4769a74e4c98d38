"""Trains one model, resumably and by the clock's leave.

    python -m training.train RUN                       the stable phase, from its last checkpoint
    python -m training.train RUN --decay 20000000      a decay of that many tokens, branching off
    ... --teachers cpu-large,sibling-web --fusion avg  the decay with soft targets

SIGTERM and SIGINT write a checkpoint and end the run; the same command goes on from there.
RUN is a name under [runs] of settings.toml; its folder holds stable.pt, decay.pt (while it
lasts), final.pt (averaged weights, ready for export) and log.jsonl.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import msgspec
import numpy as np
import torch
from torch import Tensor

from training import checkpoint
from training.data import Batch, batches, make_batch, open_sampler
from training.model import Model, parameters
from training.muon import optimizers, scale_rates
from training.precision import products
from training.schedule import decay_share, stable_share
from training.settings import Run, Samples, Settings, home, load

STABLE, DECAY = 0, 1
VALIDATION_SEED = (12345,)
VALIDATION_ROWS = 24
LOG_STEPS = 10


@dataclass(slots=True)
class Progress:
    """Counts of optimizer steps and tokens, the stable phase's included."""

    phase: int = STABLE
    step: int = 0
    tokens: int = 0
    decay_start: int = 0
    decay_tokens: int = 0

    @property
    def decay_done(self) -> float:
        return (self.tokens - self.decay_start) / max(1, self.decay_tokens)


class Stop:
    """Becomes true when the process is asked to end."""

    def __init__(self) -> None:
        self.asked = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self.asked = True


class Trainer:
    def __init__(self, run: Run, settings: Settings, folder: Path, device: str) -> None:
        self.run, self.settings, self.device = run, settings, device
        self.data_folder, self.folder = folder, folder / "runs" / name
        self.folder.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(self.run.seed)
        shape = settings.models[self.run.model]
        self.model = Model(shape, settings.tokenizer.vocabulary).to(device)
        self.optimizers = optimizers(self.model, self.run)
        self.progress = Progress()
        self.average: dict[str, Tensor] = {}
        self.averaged = 0
        self.forward = torch.compile(self.model) if self.run.compile else self.model

    # What the phase decides

    @property
    def decaying(self) -> bool:
        return self.progress.phase == DECAY

    @property
    def samples(self) -> Samples:
        return self.settings.decay_samples if self.decaying else self.settings.samples

    @property
    def length(self) -> int:
        return self.run.decay_length if self.decaying else self.run.length

    @property
    def batch_tokens(self) -> int:
        return (self.decaying and self.run.decay_batch_tokens) or self.run.batch_tokens

    @property
    def micro_rows(self) -> int:
        """Rows that go through the model at once: the same number of tokens at any length."""
        return max(1, self.run.micro_batch * self.run.length // self.length)

    @property
    def finished(self) -> bool:
        if self.decaying:
            return self.progress.decay_done >= 1.0
        return self.progress.tokens >= self.run.tokens

    def rate_share(self) -> float:
        if self.decaying:
            return decay_share(self.progress.decay_done, self.run.final_rate_share)
        return stable_share(self.progress.step, self.run.warmup_steps)

    # Checkpoints

    def state(self) -> dict[str, Any]:
        return {
            "shape": msgspec.to_builtins(self.settings.models[self.run.model]),
            "vocabulary": self.settings.tokenizer.vocabulary,
            "progress": asdict(self.progress),
            "model": self.model.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "average": self.average,
            "averaged": self.averaged,
        }

    def save(self) -> None:
        checkpoint.save(self.state(), self.folder / ("decay.pt" if self.decaying else "stable.pt"))

    def resume(self, path: Path) -> None:
        state = checkpoint.read(path, self.device)
        self.model.load_state_dict(state["model"])
        for optimizer, stored in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(stored)
        self.progress = Progress(**state["progress"])
        self.average, self.averaged = state["average"], state["averaged"]

    def start(self, decay_tokens: int) -> None:
        """Goes on from the right checkpoint; a decay begins where the stable phase stands."""
        stable, decay = self.folder / "stable.pt", self.folder / "decay.pt"
        if decay_tokens and decay.exists():
            self.resume(decay)
        elif stable.exists():
            self.resume(stable)
        if decay_tokens and not self.decaying:
            tokens = self.progress.tokens
            self.progress.phase = DECAY
            self.progress.decay_start, self.progress.decay_tokens = tokens, decay_tokens

    def finish_decay(self) -> None:
        """Leaves the averaged weights for export and ends the branch."""
        self.swap_in_average()
        self.log(event="final", **self.validate())
        state = self.state() | {"optimizers": [], "average": {}}
        checkpoint.save(state, self.folder / "final.pt")
        (self.folder / "decay.pt").unlink(missing_ok=True)

    # Steps

    def train(self, stop: Stop) -> None:
        rows = self.batch_tokens // self.length
        seed = (self.run.seed, self.progress.phase)
        made = batches(
            self.data_folder,
            self.samples,
            (rows, self.length),
            seed,
            first=self.progress.step,
            workers=self.run.workers,
        )
        self.log(event="start", parameters=parameters(self.model), pid=os.getpid())
        saved = time.monotonic()
        while not self.finished and not stop.asked:
            self.step(next(made))
            if self.progress.step % self.run.validate_steps == 0:
                self.log(event="valid", **self.validate())
            if time.monotonic() - saved > self.run.checkpoint_seconds:
                self.save()
                saved = time.monotonic()
        self.save()
        self.log(event="stop", finished=self.finished)
        if self.decaying and self.finished:
            self.finish_decay()

    def step(self, batch: Batch) -> None:
        began = time.monotonic()
        share = self.rate_share()
        scale_rates(self.optimizers, share)
        total = float(batch.weights.sum())
        loss = 0.0
        for tokens, weights in self.micro_batches(batch):
            with products(self.device):
                part = self.forward(tokens[:, :-1], tokens[:, 1:], weights) / total
            part.backward()
            loss += float(part.detach())
        norm = float(torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.run.clip))
        if not np.isfinite(loss) or not np.isfinite(norm):
            raise FloatingPointError(f"loss {loss}, gradient {norm} at step {self.progress.step}")
        for optimizer in self.optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        self.progress.step += 1
        self.progress.tokens += batch.weights.size
        self.average_tail()
        if self.progress.step % LOG_STEPS == 0:
            speed = batch.weights.size / (time.monotonic() - began)
            self.log(event="step", loss=loss, norm=norm, rate=share, speed=round(speed))

    def micro_batches(self, batch: Batch) -> Iterator[tuple[Tensor, Tensor]]:
        for start in range(0, len(batch.tokens), self.micro_rows):
            rows = slice(start, start + self.micro_rows)
            tokens, weights = (
                torch.from_numpy(batch.tokens[rows]),
                torch.from_numpy(batch.weights[rows]),
            )
            yield tokens.to(self.device), weights.to(self.device)

    # The average of the last weights

    def average_tail(self) -> None:
        if not self.decaying or self.progress.decay_done < 1.0 - self.run.average_share:
            return
        self.averaged += 1
        with torch.no_grad():
            for name, weight in self.model.named_parameters():
                if name not in self.average:
                    self.average[name] = weight.detach().clone()
                self.average[name].lerp_(weight, 1.0 / self.averaged)

    @torch.no_grad()
    def swap_in_average(self) -> None:
        for name, weight in self.model.named_parameters():
            if name in self.average:
                weight.copy_(self.average[name])

    # Knowing where one stands

    @torch.no_grad()
    def validate(self) -> dict[str, float]:
        """Losses in nats per token on fixed batches of unseen files; `answer` is the middles'."""
        sampler = open_sampler(self.data_folder, "valid", self.settings.samples)
        batch = make_batch(sampler, VALIDATION_ROWS, self.run.length, VALIDATION_SEED)
        answers = open_sampler(self.data_folder, "valid", self.samples_for_answers())
        middle = make_batch(answers, VALIDATION_ROWS, self.run.length, VALIDATION_SEED)
        return {"all": self.loss(batch), "answer": self.loss(middle)}

    def samples_for_answers(self) -> Samples:
        return msgspec.structs.replace(
            self.settings.decay_samples, fim_rate=1.0, context_weight=0.0, function_rate=0.0
        )

    def loss(self, batch: Batch) -> float:
        total = 0.0
        for tokens, weights in self.micro_batches(batch):
            with products(self.device):
                total += float(self.model(tokens[:, :-1], tokens[:, 1:], weights))
        return round(total / float(batch.weights.sum()), 4)

    def log(self, **values: object) -> None:
        row = {
            "time": round(time.time()),
            "phase": "decay" if self.decaying else "stable",
            "step": self.progress.step,
            "tokens": self.progress.tokens,
            **values,
        }
        with (self.folder / "log.jsonl").open("a") as out:
            out.write(json.dumps(row) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run")
    parser.add_argument("--decay", type=int, default=0, metavar="TOKENS")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    chosen = parser.parse_args()
    if chosen.threads:
        torch.set_num_threads(chosen.threads)
    if chosen.device == "cpu":
        os.nice(19 - os.nice(0))
    torch.set_float32_matmul_precision("high")
    trainer = Trainer(chosen.run, load(), home(), chosen.device)
    trainer.start(chosen.decay)
    trainer.train(Stop())


if __name__ == "__main__":
    main()
