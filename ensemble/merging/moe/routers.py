"""The routers of a mixture of experts, fitted to what they will see.

The file comes with routers that weigh all experts equally. llama.cpp reads each sibling's example
texts with this very file while what enters the routers is recorded; weights that tell the domains
apart are fitted to that (`ensemble.inference.files.moe_gate`) and put into the file; and, because
they change what deeper layers see, this is done once more, now with as many experts per token as in
the end. mergekit's "hidden" mode has the same idea with the states of a dense model.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import gguf
import numpy as np

from ensemble.engines.local import file_worker
from ensemble.merging.gguf_model import Floats
from ensemble.merging.writing import OnProgress

ROUTER = "ffn_gate_inp.weight"
EXPERTS_USED = "llama.expert_used_count"
_ROUNDS = 2
_MOST_TOKENS = 8192
"""How much of each domain's examples is read: some tens of tokens for each weight of a router."""


def fit_routers(
    path: Path, examples: Sequence[str], experts_used: int, on_progress: OnProgress
) -> tuple[float, ...]:
    """Put routers into a mixture that tell the domains of the examples apart.

    Returns, for each layer, the part of the held-out tokens whose own expert is ranked first.
    Raises MergeError if llama.cpp cannot read the file.
    """
    accuracy: tuple[float, ...] = ()
    for turn in range(_ROUNDS):
        on_progress("fits the routers to the examples", turn, _ROUNDS)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".routers-") as folder:
            target = Path(folder, "routers.npy")
            accuracy = file_worker.fitted_routers(
                str(path), tuple(examples), _MOST_TOKENS, folder, str(target)
            )
            _set_routers(path, np.load(target))
        _set_experts_used(path, experts_used)
    return accuracy


def _set_routers(path: Path, routers: Floats) -> None:
    reader = gguf.GGUFReader(path, "r+")
    tensors = {tensor.name: tensor for tensor in reader.tensors}
    for layer, weights in enumerate(routers):
        tensors[f"blk.{layer}.{ROUTER}"].data[:] = weights
    reader.data.flush()


def _set_experts_used(path: Path, count: int) -> None:
    reader = gguf.GGUFReader(path, "r+")
    reader.fields[EXPERTS_USED].parts[-1][0] = count
    reader.data.flush()
