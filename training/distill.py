"""Soft targets: a student learns from whole distributions of one or more teachers.

The loss is half cross-entropy and half the divergence from the teachers' distribution, at
temperature 1 over the full vocabulary, which all of our models share. Several teachers are
fused as FuseLLM does (Wan et al. 2024, https://arxiv.org/abs/2401.10491), row by row:

- "min" (MinCE): the teacher that predicts the row best speaks alone;
- "avg" (AvgCE): all speak, weighted by how well they predict it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec
import torch
import torch.nn.functional as f
from torch import Tensor

from training import checkpoint
from training.model import Model
from training.settings import Shape

Fusion = Literal["min", "avg"]
SOFT_SHARE = 0.5


def open_model(path: Path, device: str = "cpu") -> Model:
    """The weights of a checkpoint, ready to be asked and not to be trained."""
    state = checkpoint.read(path, device)
    model = Model(msgspec.convert(state["shape"], Shape), state["vocabulary"]).to(device)
    model.load_state_dict(state["model"])
    return model.eval().requires_grad_(False)


def fuse(logits: list[Tensor], targets: Tensor, weights: Tensor, fusion: Fusion) -> Tensor:
    """One distribution per position from the logits (length, vocabulary) of every teacher."""
    distributions = torch.stack([each.float().softmax(-1) for each in logits])
    if len(logits) == 1:
        return distributions[0]
    right = distributions.gather(-1, targets.expand(len(logits), -1)[..., None])[..., 0]
    losses = -(right.clamp_min(1e-9).log() * weights).sum(-1) / weights.sum().clamp_min(1e-9)
    if fusion == "min":
        return distributions[losses.argmin()]
    return torch.einsum("t,tlv->lv", (-losses).softmax(0), distributions)


class SoftTargets:
    def __init__(self, teachers: list[Model], fusion: Fusion) -> None:
        self.teachers, self.fusion = teachers, fusion

    def loss(
        self,
        hidden: Callable[[Tensor], Tensor],
        embedding: Tensor,
        tokens: Tensor,
        targets: Tensor,
        weights: Tensor,
    ) -> Tensor:
        """The weighted sum over a micro-batch; `hidden` is the student's last layer."""
        student = hidden(tokens)
        with torch.no_grad():
            taught = [teacher.hidden(tokens) for teacher in self.teachers]
        total = student.new_zeros((), dtype=torch.float32)
        for row in range(len(tokens)):
            with torch.no_grad():
                logits = [
                    f.linear(layer[row], teacher.token_embd.weight)
                    for layer, teacher in zip(taught, self.teachers, strict=True)
                ]
                soft = fuse(logits, targets[row], weights[row], self.fusion)
            said = f.linear(student[row], embedding).float().log_softmax(-1)
            hard = f.nll_loss(said, targets[row], reduction="none")
            # The teachers' entropy is constant, so cross-entropy with them is the divergence.
            apart = -(soft * said).sum(-1)
            total = total + ((hard * (1 - SOFT_SHARE) + apart * SOFT_SHARE) * weights[row]).sum()
        return total
