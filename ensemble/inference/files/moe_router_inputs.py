"""What a router of experts sees: the normalized input of every layer's feed-forward block.

llama.cpp hands out no hidden states, but it asks a callback about every tensor that it computes
(`cb_eval`). The architecture's graph calls the one wanted here `ffn_norm-LAYER`; in a model with
experts it is what the router multiplies.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import llama_cpp
import numpy as np
import numpy.typing as npt
from llama_cpp._ctypes_extensions import load_shared_library

from ensemble.inference.files.windows import WINDOW, windows
from ensemble.inference.llama import forget_complaints, last_complaint, llama
from ensemble.inference.model import ModelError
from ensemble.inference.vocabulary import Vocabulary

_WANTED = re.compile(r"ffn_norm-(\d+)")
"""The tensor's name ends with its layer. Views of it, with more behind that, are other tensors."""
_SEQUENCE = 0

Take = Callable[[int, npt.NDArray[np.float32]], None]
"""Is given a layer and the rows that entered its feed-forward block, one per token."""


def record_router_inputs(path: str, text: str, most_tokens: int, target: str) -> None:
    """Write what enters the feed-forward blocks while the model reads a text, as a numpy array of
    half-precision numbers: layer, token, width.

    Raises ModelError if llama.cpp cannot open the model, or its graph has no such tensors.
    """
    model = _open(path)
    vocabulary = Vocabulary(model, name=path, path=path)
    length = min(WINDOW, llama.llama_model_n_ctx_train(model) or WINDOW)
    cut = windows(vocabulary.tokenize(text), length, most_tokens)
    if not cut:
        raise ModelError("an example text has not even two tokens")
    layers, width = llama.llama_model_n_layer(model), llama.llama_model_n_embd(model)
    shape = (layers, sum(map(len, cut)), width)
    rows = np.lib.format.open_memmap(target, mode="w+", dtype=np.float16, shape=shape)
    at, seen = 0, set()

    def take(layer: int, values: npt.NDArray[np.float32]) -> None:
        rows[layer, at : at + len(values)] = values
        seen.add(layer)

    watched = _WatchedContext(model, length, width, take)
    for window in cut:
        watched.read(list(window))
        at += len(window)
    if len(seen) != layers:
        raise ModelError(f"{path}: llama.cpp computes no ffn_norm-LAYER for this architecture")
    rows.flush()


class _WatchedContext:
    """A context on the CPU that hands out the rows of the tensors that are asked for."""

    def __init__(self, model: Any, length: int, width: int, take: Take) -> None:
        self._width = width
        self._take = take
        self._ggml = _ggml()
        parameters = llama.llama_context_default_params()
        parameters.n_ctx = parameters.n_batch = parameters.n_ubatch = length
        # The tensors' data must be in memory that this process can read.
        parameters.offload_kqv = parameters.op_offload = False
        # The object must live as long as the context that calls it.
        self._callback = llama.ggml_backend_sched_eval_callback(self._asked)
        parameters.cb_eval = self._callback
        self._context = llama.llama_init_from_model(model, parameters)
        if not self._context:
            raise ModelError(f"llama.cpp cannot make a context: {last_complaint()}")

    def read(self, tokens: list[int]) -> None:
        """Decode a window from nothing."""
        llama.llama_memory_clear(llama.llama_get_memory(self._context), True)
        batch = llama.llama_batch_init(len(tokens), 0, 1)
        try:
            for index, token in enumerate(tokens):
                batch.token[index] = token
                batch.pos[index] = index
                batch.n_seq_id[index] = 1
                batch.seq_id[index][0] = _SEQUENCE
                # The last layer computes only the rows whose logits are wanted.
                batch.logits[index] = 1
            batch.n_tokens = len(tokens)
            if code := llama.llama_decode(self._context, batch):
                raise ModelError(f"llama.cpp could not decode an example: code {code}")
        finally:
            llama.llama_batch_free(batch)

    def _asked(self, tensor: int, asks: bool, _data: int | None) -> bool:
        wanted = _WANTED.fullmatch(self._ggml.ggml_get_name(tensor).decode())
        if not wanted:
            return False
        if not asks:
            rows = self._ggml.ggml_nelements(tensor) // self._width
            data = ctypes.cast(self._ggml.ggml_get_data_f32(tensor), ctypes.POINTER(ctypes.c_float))
            values = np.ctypeslib.as_array(data, shape=(rows, self._width))
            self._take(int(wanted[1]), values)
        return True


def _ggml() -> Any:
    """Return ggml's own library, with the types of the three functions that are called."""
    library = load_shared_library("ggml-base", Path(llama_cpp.__file__).parent / "lib")
    results = {
        "ggml_get_name": ctypes.c_char_p,
        "ggml_nelements": ctypes.c_int64,
        "ggml_get_data_f32": ctypes.c_void_p,
    }
    for name, result in results.items():
        function = getattr(library, name)
        function.argtypes, function.restype = [ctypes.c_void_p], result
    return library


def _open(path: str) -> Any:
    parameters = llama.llama_model_default_params()
    parameters.n_gpu_layers = 0
    forget_complaints()
    model = llama.llama_model_load_from_file(path.encode(), parameters)
    if not model:
        raise ModelError(f"{path}: llama.cpp cannot open this model: {last_complaint()}")
    return model
