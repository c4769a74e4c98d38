"""Which number format pays on which processor."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from functools import cache
from pathlib import Path

import torch

CPU_FLAGS = Path("/proc/cpuinfo")


@cache
def bfloat16_pays(device: str) -> bool:
    """Whether products in bfloat16 are faster: on current GPUs, and on CPUs that say so."""
    if device == "cuda":
        return True
    return CPU_FLAGS.exists() and "avx512_bf16" in CPU_FLAGS.read_text()


def products(device: str) -> AbstractContextManager[object]:
    """Matrix products in bfloat16 where that is faster; everything else stays as it is."""
    if not bfloat16_pays(device):
        return nullcontext()
    return torch.autocast(device, torch.bfloat16)
