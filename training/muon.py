"""The optimizer: Muon for matrices, AdamW for embeddings and norms.

Muon (Jordan et al. 2024, https://kellerjordan.github.io/posts/muon/) replaces each matrix's
momentum by the nearest semi-orthogonal matrix, found by a few Newton-Schulz steps.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

from training.precision import bfloat16_pays
from training.settings import Run

COEFFICIENTS = (3.4445, -4.7750, 2.0315)
"""Of the quintic iteration: steep at zero, so that small singular values grow fast."""
NEWTON_SCHULZ_STEPS = 5
MOMENTUM_STEPS = 300
"""Steps over which the momentum warms up from 0.85 to 0.95."""


def orthogonalize(matrices: Tensor) -> Tensor:
    """Roughly U V^T of each matrix of a stack (count, rows, columns)."""
    a, b, c = COEFFICIENTS
    x = matrices.bfloat16() if bfloat16_pays(matrices.device.type) else matrices
    tall = x.shape[-2] > x.shape[-1]
    x = x.mT if tall else x
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(NEWTON_SCHULZ_STEPS):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    turned: Tensor = x.mT if tall else x
    return turned.to(matrices.dtype)


class Muon(torch.optim.Optimizer):
    def __init__(self, matrices: Iterable[nn.Parameter], rate: float, decay: float) -> None:
        super().__init__(list(matrices), {"lr": rate, "weight_decay": decay, "taken": 0})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            warm = min(1.0, group["taken"] / MOMENTUM_STEPS)
            group["taken"] += 1
            # Matrices of one shape go through the iteration as one stack.
            by_shape: defaultdict[torch.Size, list[nn.Parameter]] = defaultdict(list)
            for weight in group["params"]:
                if weight.grad is not None:
                    by_shape[weight.shape].append(weight)
            for weights in by_shape.values():
                self._update(weights, group, momentum=0.85 + 0.10 * warm)

    def _update(self, weights: list[nn.Parameter], group: dict[str, Any], momentum: float) -> None:
        directions = []
        for weight in weights:
            assert weight.grad is not None
            state = self.state[weight]
            if "momentum" not in state:
                state["momentum"] = torch.zeros_like(weight)
            buffer = state["momentum"].lerp_(weight.grad, 1 - momentum)
            directions.append(weight.grad.lerp(buffer, momentum))
        updates = orthogonalize(torch.stack(directions))
        rows, columns = weights[0].shape
        scale = max(1.0, rows / columns) ** 0.5
        for weight, update in zip(weights, updates, strict=True):
            weight.mul_(1 - group["lr"] * group["weight_decay"])
            weight.add_(update, alpha=-group["lr"] * scale)


def optimizers(model: nn.Module, run: Run) -> list[torch.optim.Optimizer]:
    """Muon for the matrices of the blocks, AdamW for what is a table or a vector."""
    matrices = [w for n, w in model.named_parameters() if w.ndim == 2 and "token_embd" not in n]
    tables = [w for n, w in model.named_parameters() if "token_embd" in n]
    vectors = [w for _, w in model.named_parameters() if w.ndim == 1]
    adam = torch.optim.AdamW(
        [
            {"params": tables, "lr": run.embedding_rate},
            {"params": vectors, "lr": run.norm_rate},
        ],
        betas=(0.9, 0.95),
        eps=1e-10,
        weight_decay=0.0,
    )
    return [Muon(matrices, run.muon_rate, run.muon_decay), adam]


def scale_rates(optimizers: list[torch.optim.Optimizer], share: float) -> None:
    """Sets every learning rate to its peak times `share`."""
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            peak = group.setdefault("peak", group["lr"])
            group["lr"] = peak * share
