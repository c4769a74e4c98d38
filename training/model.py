"""A decoder of the llama architecture, exactly as llama.cpp computes it.

Rotary positions turn interleaved pairs (2i, 2i+1), as GGUF's `llama` does, so export needs no
permutation. No query-key norms, soft caps or value embeddings: the architecture has no place
for them. The output projections start at zero, so each block begins as the identity.
"""

from __future__ import annotations

import torch
import torch.nn.functional as f
from torch import Tensor, nn

from training.settings import Shape

LOSS_ROWS = 2048
"""Rows of logits that exist at once: a whole batch of them would be the largest tensor by far."""

QUERY_ROWS = 256
"""Queries that meet their keys in one product on a processor."""


def rotary(shape: Shape, length: int) -> tuple[Tensor, Tensor]:
    """Cosines and sines of the rotation, each (length, head_width / 2)."""
    pairs = torch.arange(0, shape.head_width, 2, dtype=torch.float32)
    frequency = shape.rope_base ** (-pairs / shape.head_width)
    angle = torch.arange(length, dtype=torch.float32)[:, None] * frequency
    return angle.cos(), angle.sin()


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Turns each pair of `x` (batch, length, heads, head_width) by its position's angle."""
    even, odd = x.view(*x.shape[:-1], -1, 2).unbind(-1)
    cos, sin = cos[:, None, :].to(x.dtype), sin[:, None, :].to(x.dtype)
    return torch.stack((even * cos - odd * sin, even * sin + odd * cos), dim=-1).flatten(-2)


def attention(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Causal attention over (batch, heads, length, head_width).

    PyTorch's fused kernel is slow on processors: 2.3 times as long at length 512 as plain products
    over blocks of queries that leave out the keys behind them, which a compiler then fuses.
    """
    if q.device.type != "cpu":
        return f.scaled_dot_product_attention(q, k, v, is_causal=True)
    length, width = q.shape[-2:]
    later = torch.full((length, length), float("-inf"), device=q.device).triu(1)
    mixed = []
    for start in range(0, length, QUERY_ROWS):
        end = min(start + QUERY_ROWS, length)
        scores = q[..., start:end, :] @ k[..., :end, :].transpose(-1, -2)
        scores = scores.float() * width**-0.5 + later[start:end, :end]
        mixed.append(scores.softmax(-1).to(v.dtype) @ v[..., :end, :])
    return torch.cat(mixed, dim=-2)


class Block(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        queries, keys = shape.heads * shape.head_width, shape.kv_heads * shape.head_width
        self.attn_norm = nn.RMSNorm(shape.width, eps=shape.norm_eps)
        self.attn_q = nn.Linear(shape.width, queries, bias=False)
        self.attn_k = nn.Linear(shape.width, keys, bias=False)
        self.attn_v = nn.Linear(shape.width, keys, bias=False)
        self.attn_output = nn.Linear(queries, shape.width, bias=False)
        self.ffn_norm = nn.RMSNorm(shape.width, eps=shape.norm_eps)
        self.ffn_gate = nn.Linear(shape.width, shape.ff, bias=False)
        self.ffn_up = nn.Linear(shape.width, shape.ff, bias=False)
        self.ffn_down = nn.Linear(shape.ff, shape.width, bias=False)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        x = x + self.attend(self.attn_norm(x), cos, sin)
        y = self.ffn_norm(x)
        z: Tensor = x + self.ffn_down(f.silu(self.ffn_gate(y)) * self.ffn_up(y))
        return z

    def attend(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        split = (-1, self.shape.head_width)
        q = rotate(self.attn_q(x).unflatten(-1, split), cos, sin).transpose(1, 2)
        k = rotate(self.attn_k(x).unflatten(-1, split), cos, sin).transpose(1, 2)
        v = self.attn_v(x).unflatten(-1, split).transpose(1, 2)
        shared = self.shape.heads // self.shape.kv_heads
        k, v = k.repeat_interleave(shared, dim=1), v.repeat_interleave(shared, dim=1)
        mixed = attention(q, k, v)
        y: Tensor = self.attn_output(mixed.transpose(1, 2).flatten(-2))
        return y


class Model(nn.Module):
    cos: Tensor
    sin: Tensor

    def __init__(self, shape: Shape, vocabulary: int, longest: int = 2048) -> None:
        super().__init__()
        self.shape = shape
        self.token_embd = nn.Embedding(vocabulary, shape.width)
        self.blk = nn.ModuleList(Block(shape) for _ in range(shape.layers))
        self.output_norm = nn.RMSNorm(shape.width, eps=shape.norm_eps)
        cos, sin = rotary(shape, longest)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)
        self.initialize()

    def initialize(self) -> None:
        """Small normal weights, scaled by each matrix's input; zero where a block writes."""
        nn.init.normal_(self.token_embd.weight, std=0.02)
        for name, weight in self.named_parameters():
            if name.endswith(("attn_output.weight", "ffn_down.weight")):
                nn.init.zeros_(weight)
            elif weight.ndim == 2 and "token_embd" not in name:
                nn.init.normal_(weight, std=0.6 * weight.shape[1] ** -0.5)

    def hidden(self, tokens: Tensor) -> Tensor:
        """The normalized last layer, (batch, length, width)."""
        length = tokens.shape[1]
        cos, sin = self.cos[:length], self.sin[:length]
        x = self.token_embd(tokens)
        for block in self.blk:
            x = block(x, cos, sin)
        y: Tensor = self.output_norm(x)
        return y

    def logits(self, tokens: Tensor) -> Tensor:
        return f.linear(self.hidden(tokens), self.token_embd.weight)

    def forward(self, tokens: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
        """The sum of weighted cross-entropies in nats; the caller divides by the weights."""
        hidden = self.hidden(tokens).flatten(0, 1)
        targets, weights = targets.flatten(), weights.flatten()
        total = hidden.new_zeros((), dtype=torch.float32)
        for start in range(0, len(hidden), LOSS_ROWS):
            rows = slice(start, start + LOSS_ROWS)
            logits = f.linear(hidden[rows], self.token_embd.weight)
            loss = f.cross_entropy(logits.float(), targets[rows], reduction="none")
            total = total + (loss * weights[rows]).sum()
        return total


def parameters(model: Model) -> int:
    return sum(weight.numel() for weight in model.parameters())
