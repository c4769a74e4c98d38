"""One loaded model with its key-value cache: what is in the cache, and how more gets in."""

from __future__ import annotations

import ctypes
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from ensemble.inference.llama import forget_complaints, last_complaint, llama
from ensemble.inference.sampler import Logits
from ensemble.inference.threads import Threads, physical_cores
from ensemble.inference.vocabulary import Vocabulary
from ensemble.models.info import ModelInfo
from ensemble.models.registry import ModelSpec

BATCH = 256
"""The most tokens of one llama_decode call, so that a newer request never waits for long."""
LEAST_SLICE = 32
"""Fewer tokens at once would cost more time a token than they save waiting."""
_MEASURED_TOKENS = 64
_NEWEST = 0.2
"""The weight of the newest slice in a model's speed; that of older ones fades."""
_NOTABLE = 1.5
"""By which factor a speed must have changed to be worth saying."""
MAX_BRANCHES = 16
_LOGITS_BYTES = 1 << 26
"""The most memory that one call's logits may take."""
_BRANCH_CELLS = 1024
"""Cache cells beyond the prompt's, shared by the branches of one request."""
_LARGEST_CONTEXT = 8192
_TRUNK = 0
"""The sequence that holds the prompt; branch i is sequence i + 1."""
_CACHE_TYPES = {
    "f16": (llama.GGML_TYPE_F16, 2.0),
    "q8_0": (llama.GGML_TYPE_Q8_0, 34 / 32),
    "q4_0": (llama.GGML_TYPE_Q4_0, 18 / 32),
}
"""llama.cpp's types of cache entries, and the bytes that one entry takes."""
_FLASH = {
    "auto": llama.LLAMA_FLASH_ATTN_TYPE_AUTO,
    "on": llama.LLAMA_FLASH_ATTN_TYPE_ENABLED,
    "off": llama.LLAMA_FLASH_ATTN_TYPE_DISABLED,
}


class ModelError(Exception):
    """A model file or setting that llama.cpp refuses; the message names it and the remedy."""


class Decoded(msgspec.Struct):
    """Tokens to put into one sequence of the KV cache."""

    sequence: int
    """The sequence in llama.cpp's cache: 0 for the trunk, branch + 1 for a branch."""
    tokens: Sequence[int]
    """The tokens, in order."""
    position: int
    """The first token's position in the sequence."""
    wanted: int = 1
    """How many tokens at the end have their logits returned."""


class Model:
    """A model in memory and its cache: one trunk for the prompt, branches that share its cells.

    Not thread-safe: one thread decodes.
    """

    def __init__(self, spec: ModelSpec, on_progress: Callable[[float], None] | None = None) -> None:
        self._model = _load(spec, on_progress)
        self.vocabulary = Vocabulary(self._model, spec.name, spec.path)
        trained = self.vocabulary.info.context
        self.context_tokens = spec.context or min(trained or _LARGEST_CONTEXT, _LARGEST_CONTEXT)
        self._on_gpu = bool(spec.gpu_layers and llama.llama_supports_gpu_offload())
        self.cells = self.context_tokens + _BRANCH_CELLS
        self.threads = Threads(spec.threads or physical_cores())
        self._context = self._new_context(spec)
        self._threads_in_use = self.threads.count
        self._memory = llama.llama_get_memory(self._context)
        self._adapters = self._adapt(spec)
        self.info: ModelInfo = msgspec.structs.replace(
            self.vocabulary.info,
            context=self.context_tokens,
            device="gpu" if self._on_gpu else "cpu",
        )
        self.bytes = self._bytes_taken()
        """How much memory the weights and a full cache take together, about."""
        self.vocabulary.prepare()
        self.trunk: list[int] = []
        self.slice = LEAST_SLICE
        """How many tokens of a prompt to decode at once; whoever decodes learns what fits."""
        self.prefill_speed = 0.0
        """Tokens of a prompt that are read in a second, of late; 0 before anything was measured."""
        self.announced_speed = 0.0
        """The speed that the clients know."""
        self._saved: OrderedDict[tuple[int, ...], bytes] = OrderedDict()
        self.saved_limit = 0
        """How many bytes of other documents' prompts may be kept."""
        self._batch = _Batch()

    def known(self, tokens: Sequence[int]) -> int:
        """Return how many tokens at the beginning of a prompt need not be computed."""
        return max(_common(cached, tokens) for cached in (self.trunk, *self._saved))

    def reuse(self, tokens: Sequence[int]) -> int:
        """Make the trunk hold as long a beginning of `tokens` as is known; return its length.

        The last token is never counted: its logits are wanted, so it is computed again.
        """
        limit = len(tokens) - 1
        self._use_threads(self.threads.before_job())
        here = min(_common(self.trunk, tokens), limit)
        best = max(self._saved, key=lambda saved: _common(saved, tokens), default=())
        if min(_common(best, tokens), limit) > max(here, len(self.trunk) // 4):
            self._save_trunk()
            self._restore(best)
            here = min(_common(self.trunk, tokens), limit)
        elif here < len(self.trunk) // 4:
            self._save_trunk()
        return self._cut_trunk(here)

    def extend_trunk(self, tokens: Sequence[int]) -> Logits:
        """Put tokens behind the trunk, at most BATCH of them; return the last one's logits."""
        logits = self.decode([Decoded(_TRUNK, tokens, len(self.trunk))])[0]
        self.trunk.extend(tokens)
        return logits

    def measure_speed(self) -> None:
        """Read a few tokens, twice: the first time brings the weights into memory."""
        count = min(_MEASURED_TOKENS, self.context_tokens // 2)
        for _ in range(2):
            start = time.perf_counter()
            self.extend_trunk([0] * count)
            self.prefill_speed = count / max(time.perf_counter() - start, 1e-6)
        self._cut_trunk(0)

    def note_speed(self, tokens: int, seconds: float) -> None:
        """Take into account how long a slice of a prompt took; what is tiny tells little."""
        if tokens >= LEAST_SLICE:
            newest = tokens / max(seconds, 1e-6)
            self.prefill_speed += _NEWEST * (newest - self.prefill_speed)

    @property
    def speed_changed(self) -> bool:
        """Whether the model reads so much faster or more slowly than was announced that prompts
        should have another length."""
        ratio = self.prefill_speed / max(self.announced_speed, 1e-6)
        return not 1 / _NOTABLE < ratio < _NOTABLE

    @property
    def most_logits(self) -> int:
        """Of how many tokens one call may return the logits: enough for one of every branch."""
        return max(MAX_BRANCHES, min(BATCH, _LOGITS_BYTES // (4 * self.vocabulary.size)))

    def branch_room(self, prompt: int, branches: int) -> int:
        """Return how many tokens each of so many branches may have behind a prompt of so many.

        A short prompt leaves more room; all branches share the cache's cells.
        """
        return min(self.context_tokens - prompt, (self.cells - prompt) // branches)

    def fork(self, branches: int) -> None:
        """Let branches 0 to n − 1 begin with the trunk; the cells are shared, not copied."""
        for branch in range(branches):
            llama.llama_memory_seq_cp(self._memory, _TRUNK, branch + 1, 0, -1)

    def drop_branch(self, branch: int) -> None:
        """Free the cells that only this branch uses."""
        llama.llama_memory_seq_rm(self._memory, branch + 1, -1, -1)

    def shorten_branch(self, branch: int, length: int) -> int:
        """Cut a branch to `length` tokens behind the trunk; return what is left of it.

        Recurrent models cannot go back, so there a branch begins again with the trunk.
        """
        at = len(self.trunk) + length
        if llama.llama_memory_seq_rm(self._memory, branch + 1, at, -1):
            return length
        self.drop_branch(branch)
        llama.llama_memory_seq_cp(self._memory, _TRUNK, branch + 1, 0, -1)
        return 0

    def decode(self, entries: Sequence[Decoded]) -> list[Logits]:
        """Compute all entries in one batch; return the wanted logits, in the order of the entries
        and of the tokens within each.

        The arrays are views that the next call overwrites. Raises ModelError, with nothing of
        this call in the cache.
        """
        wanted = self._batch.fill(entries)
        start, used = time.perf_counter(), time.process_time()
        code = llama.llama_decode(self._context, self._batch.struct)
        wall, used = time.perf_counter() - start, time.process_time() - used
        if not self._on_gpu:
            self._use_threads(self.threads.after_decode(wall, used))
        if code != 0:
            self._forget_failed(entries)
            reason = {1: "its context is full", 2: "it was aborted"}.get(code, f"code {code}")
            raise ModelError(f"{self.info.name}: llama.cpp could not decode: {reason}")
        size = (self.vocabulary.size,)
        return [
            np.ctypeslib.as_array(llama.llama_get_logits_ith(self._context, index), shape=size)
            for index in wanted
        ]

    def close(self) -> None:
        """Free the weights and the cache."""
        llama.llama_free(self._context)
        llama.llama_model_free(self._model)

    def _bytes_taken(self) -> int:
        layers = llama.llama_model_n_layer(self._model)
        heads = llama.llama_model_n_head(self._model) or 1
        width = llama.llama_model_n_embd(self._model) // heads
        cache = 2 * layers * llama.llama_model_n_head_kv(self._model) * width * self.cells
        return int(llama.llama_model_size(self._model) + cache * self._cache_bytes)

    def _use_threads(self, count: int) -> None:
        if count != self._threads_in_use:
            llama.llama_set_n_threads(self._context, count, count)
            self._threads_in_use = count

    def _new_context(self, spec: ModelSpec) -> Any:
        parameters = llama.llama_context_default_params()
        parameters.n_ctx = self.cells
        parameters.n_batch = parameters.n_ubatch = BATCH
        parameters.n_seq_max = MAX_BRANCHES + 1
        parameters.kv_unified = True
        parameters.n_threads = parameters.n_threads_batch = self.threads.count
        kind, self._cache_bytes = _CACHE_TYPES[spec.kv_type]
        parameters.type_k = parameters.type_v = kind
        parameters.flash_attn_type = _FLASH[spec.flash_attention]
        forget_complaints()
        context = llama.llama_init_from_model(self._model, parameters)
        if not context:
            raise ModelError(
                f"{spec.path}: llama.cpp cannot make a context of {self.cells} cells: "
                f"{last_complaint()}. Lower models.{spec.name}.context, or set kv_type to f16."
            )
        return context

    def _adapt(self, spec: ModelSpec) -> list[ctypes.c_void_p]:
        adapters = []
        for adapter in spec.adapters:
            forget_complaints()
            loaded = llama.llama_adapter_lora_init(self._model, adapter.path.encode())
            if not loaded:
                raise ModelError(
                    f"{adapter.path}: not a LoRA adapter for {spec.path}: {last_complaint()}. "
                    f"Remove it from models.{spec.name}.adapters."
                )
            adapters.append(loaded)
        if adapters:
            count = len(adapters)
            llama.llama_set_adapters_lora(
                self._context,
                (llama.llama_adapter_lora_p_ctypes * count)(*adapters),
                count,
                (ctypes.c_float * count)(*(adapter.scale for adapter in spec.adapters)),
            )
        return adapters

    def _cut_trunk(self, length: int) -> int:
        """Shorten the trunk; recurrent models cannot go back, so theirs is computed anew."""
        if length < len(self.trunk):
            if not llama.llama_memory_seq_rm(self._memory, _TRUNK, length, -1):
                llama.llama_memory_seq_rm(self._memory, _TRUNK, -1, -1)
                length = 0
            del self.trunk[length:]
        return length

    def _save_trunk(self) -> None:
        """Keep the trunk's state aside, and forget the oldest ones beyond the limit."""
        size = llama.llama_state_seq_get_size(self._context, _TRUNK)
        if not self.trunk or size > self.saved_limit:
            return
        buffer = (ctypes.c_uint8 * size)()
        written = llama.llama_state_seq_get_data(self._context, buffer, size, _TRUNK)
        if not written:
            return
        self._saved[tuple(self.trunk)] = bytes(buffer[:written])
        while sum(map(len, self._saved.values())) > self.saved_limit:
            self._saved.popitem(last=False)

    def _restore(self, tokens: tuple[int, ...]) -> None:
        state = self._saved.pop(tokens)
        llama.llama_memory_seq_rm(self._memory, _TRUNK, -1, -1)
        buffer = (ctypes.c_uint8 * len(state)).from_buffer_copy(state)
        read = llama.llama_state_seq_set_data(self._context, buffer, len(state), _TRUNK)
        self.trunk = list(tokens) if read else []

    def _forget_failed(self, entries: Sequence[Decoded]) -> None:
        """Take out whatever a failed call may have left behind in its sequences."""
        for entry in entries:
            llama.llama_memory_seq_rm(self._memory, entry.sequence, entry.position, -1)


class _Batch:
    """A llama_batch over numpy arrays, allocated once and filled in place."""

    def __init__(self) -> None:
        self._tokens = np.zeros(BATCH, np.int32)
        self._positions = np.zeros(BATCH, np.int32)
        self._counts = np.ones(BATCH, np.int32)
        self._sequences = np.zeros(BATCH, np.int32)
        self._wants = np.zeros(BATCH, np.int8)
        start = self._sequences.ctypes.data
        pointers = [start + 4 * index for index in range(BATCH)]
        self._pointers = np.array(pointers, np.uintp)
        self.struct = llama.llama_batch(
            n_tokens=0,
            token=_pointer(self._tokens, ctypes.c_int32),
            embd=None,
            pos=_pointer(self._positions, ctypes.c_int32),
            n_seq_id=_pointer(self._counts, ctypes.c_int32),
            seq_id=_pointer(self._pointers, ctypes.POINTER(ctypes.c_int32)),
            logits=_pointer(self._wants, ctypes.c_int8),
        )

    def fill(self, entries: Sequence[Decoded]) -> list[int]:
        """Write the entries; return the batch indices whose logits are wanted."""
        at = 0
        wanted: list[int] = []
        for entry in entries:
            count = len(entry.tokens)
            end = at + count
            self._tokens[at:end] = entry.tokens
            self._positions[at:end] = np.arange(entry.position, entry.position + count)
            self._sequences[at:end] = entry.sequence
            self._wants[at:end] = 0
            at = end
            self._wants[at - entry.wanted : at] = 1
            wanted.extend(range(at - entry.wanted, at))
        self.struct.n_tokens = at
        return wanted


def _pointer(array: np.ndarray, kind: type) -> ctypes._Pointer:  # type: ignore[type-arg]
    return array.ctypes.data_as(ctypes.POINTER(kind))


def _common(left: Sequence[int], right: Sequence[int]) -> int:
    """Return how many tokens two sequences begin with alike."""
    length = min(len(left), len(right))
    if not length:
        return 0
    different = np.flatnonzero(np.asarray(left[:length]) != np.asarray(right[:length]))
    return int(different[0]) if len(different) else length


def _load(spec: ModelSpec, on_progress: Callable[[float], None] | None) -> Any:
    if not Path(spec.path).is_file():
        raise ModelError(f"{spec.path}: no such file. Correct models.{spec.name}.path.")
    parameters = llama.llama_model_default_params()
    parameters.n_gpu_layers = spec.gpu_layers
    parameters.load_mode = llama.LLAMA_LOAD_MODE_MMAP
    report = llama.llama_progress_callback(lambda part, _: bool(on_progress(part) or True))  # type: ignore[misc]
    if on_progress:
        parameters.progress_callback = report
    forget_complaints()
    model = llama.llama_model_load_from_file(spec.path.encode(), parameters)
    if not model:
        reason = last_complaint() or "it gave no reason"
        raise ModelError(
            f"{spec.path}: llama.cpp cannot open this model: {reason}. "
            "Replace the file with a complete GGUF of an architecture that llama.cpp knows."
        )
    return model
