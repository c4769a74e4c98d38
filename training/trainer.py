"""A model, its optimizer and the phase it is in: one step at a time.

There are two phases. The stable one has a constant rate and no natural end. A decay branches
off any of its checkpoints, lowers the rate to almost nothing and averages the last weights.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import msgspec
import numpy as np
import torch
from torch import Tensor

from training.data import Batch
from training.distill import SoftTargets
from training.model import Model
from training.muon import optimizers, scale_rates
from training.precision import products
from training.schedule import decay_share, stable_share
from training.settings import Run, Samples, Settings


@dataclass(slots=True)
class Progress:
    """How far a phase is."""

    step: int = 0
    """The optimizer steps of the phase."""
    tokens: int = 0
    """The tokens of the phase."""
    before: int = 0
    """The tokens of the phase that it branched off."""


@dataclass(frozen=True, slots=True)
class Phase:
    """The stable phase, or a decay."""

    name: str
    """`stable` or `decay`, which is also the checkpoint's file name."""
    samples: Samples
    """How the phase's samples are made."""
    length: int
    """The tokens of a row."""
    batch_tokens: int
    """The tokens of one optimizer step."""
    tokens: int
    """The tokens after which the phase ends."""

    @property
    def decays(self) -> bool:
        return self.name == "decay"

    def finished(self, progress: Progress) -> bool:
        return progress.tokens >= self.tokens

    def rate_share(self, progress: Progress, run: Run) -> float:
        if self.decays:
            return decay_share(progress.tokens / self.tokens, run.final_rate_share)
        return stable_share(progress.step, run.warmup_steps)


def stable_phase(run: Run, settings: Settings) -> Phase:
    return Phase("stable", settings.samples, run.length, run.batch_tokens, run.tokens)


def decay_phase(run: Run, settings: Settings, tokens: int, favored: tuple[str, ...]) -> Phase:
    samples = msgspec.structs.replace(settings.decay_samples, favored=favored)
    batch_tokens = run.decay_batch_tokens or run.batch_tokens
    return Phase("decay", samples, run.decay_length, batch_tokens, tokens)


class Trainer:
    def __init__(
        self, run: Run, phase: Phase, settings: Settings, device: str, soft: SoftTargets | None
    ) -> None:
        self.run, self.phase, self.device, self.soft = run, phase, device, soft
        torch.manual_seed(run.seed)
        self.shape = settings.models[run.model]
        self.vocabulary = settings.tokenizer.vocabulary
        self.model = Model(self.shape, self.vocabulary).to(device)
        self.optimizers = optimizers(self.model, run)
        self.progress = Progress()
        self.average: dict[str, Tensor] = {}
        self.averaged = 0
        self.forward = torch.compile(self.model) if run.compile else self.model
        self.hidden = torch.compile(self.model.hidden) if run.compile else self.model.hidden

    def state(self) -> dict[str, Any]:
        """Everything that going on needs; with weights_only loading, so plain data alone."""
        return {
            "shape": msgspec.to_builtins(self.shape),
            "vocabulary": self.vocabulary,
            "phase": self.phase.name,
            "length": self.phase.length,
            "progress": asdict(self.progress),
            "model": self.model.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "average": self.average,
            "averaged": self.averaged,
        }

    def load(self, state: dict[str, Any]) -> None:
        """Goes on where a state of the same phase stood, or branches off one of another."""
        self.model.load_state_dict(state["model"])
        for optimizer, stored in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(stored)
        progress = Progress(**state["progress"])
        if state["phase"] == self.phase.name:
            self.progress = progress
            self.average, self.averaged = state["average"], state["averaged"]
        else:
            self.progress = Progress(before=progress.before + progress.tokens)

    def begin_with(self, weights: dict[str, Tensor], seen: int) -> None:
        """Begins with another model's weights, which have seen so many tokens."""
        self.model.load_state_dict(weights)
        self.progress = Progress(before=seen)

    @property
    def finished(self) -> bool:
        return self.phase.finished(self.progress)

    @property
    def tokens_seen(self) -> int:
        return self.progress.before + self.progress.tokens

    @property
    def rate_share(self) -> float:
        return self.phase.rate_share(self.progress, self.run)

    def step(self, batch: Batch) -> tuple[float, float]:
        """One optimizer step; the weighted loss in nats per token and the gradient's norm."""
        scale_rates(self.optimizers, self.rate_share)
        total = float(batch.weights.sum())
        loss = 0.0
        for tokens, weights in self.micro_batches(batch):
            with products(self.device):
                part = self.loss(tokens, weights) / total
            part.backward()  # type: ignore[no-untyped-call]  # torch does not type it
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
        return loss, norm

    def loss(self, tokens: Tensor, weights: Tensor) -> Tensor:
        inputs, targets = tokens[:, :-1], tokens[:, 1:]
        if self.soft is None:
            loss: Tensor = self.forward(inputs, targets, weights)
            return loss
        table = self.model.token_embd.weight
        return self.soft.loss(self.hidden, table, inputs, targets, weights)

    def micro_batches(self, batch: Batch) -> Iterator[tuple[Tensor, Tensor]]:
        """The batch in parts of the same number of tokens, whatever the rows' length."""
        size = max(1, self.run.micro_batch * self.run.length // self.phase.length)
        for start in range(0, len(batch.tokens), size):
            rows = slice(start, start + size)
            tokens = torch.from_numpy(batch.tokens[rows]).to(self.device)
            yield tokens, torch.from_numpy(batch.weights[rows]).to(self.device)

    @torch.no_grad()
    def average_tail(self) -> None:
        """Keeps the running mean of the weights over the last part of a decay."""
        done = self.progress.tokens / self.phase.tokens
        if not self.phase.decays or done < 1.0 - self.run.average_share:
            return
        self.averaged += 1
        for name, weight in self.model.named_parameters():
            if name not in self.average:
                self.average[name] = weight.detach().clone()
            self.average[name].lerp_(weight, 1.0 / self.averaged)

    @torch.no_grad()
    def use_average(self) -> None:
        for name, weight in self.model.named_parameters():
            if name in self.average:
                weight.copy_(self.average[name])

    @torch.no_grad()
    def evaluate(self, batch: Batch) -> float:
        """The weighted loss in nats per token, without learning."""
        total = 0.0
        for tokens, weights in self.micro_batches(batch):
            with products(self.device):
                total += float(self.model(tokens[:, :-1], tokens[:, 1:], weights))
        return total / float(batch.weights.sum())
