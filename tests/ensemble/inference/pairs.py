"""Two open models that decode together, jobs for them, and model files with other vocabularies."""

from __future__ import annotations

import math
from pathlib import Path
from typing import NamedTuple

import gguf
import msgspec
import numpy as np
import pytest

from code_checks.hole import Extent, Hole
from ensemble.candidate import Sampling, Stop
from ensemble.engines.engine import GenerationRequest
from ensemble.engines.prompt import Prompt
from ensemble.inference.cached_sequence import CachedSequence
from ensemble.inference.decoding.pair_job import pair_job
from ensemble.inference.job import Job, JobInputs
from ensemble.inference.model import BATCH, Model
from ensemble.inference.prompt_tokens import FittedPrompt, fit_prompt
from ensemble.inference.sampler import Logits
from ensemble.models.registry import ModelSpec
from ensemble.policy.decoding import Decoding, DecodingMethod
from tests.ensemble.inference.models import LARGE, SMALL, finish, samplings, suffix_first

CLOSE = 0.1
"""Two logits nearer than this may change places: a batch of several tokens rounds differently."""
_UNUSED = 5  # LLAMA_TOKEN_TYPE_UNUSED


class Pair(NamedTuple):
    """A model and its partner."""

    model: Model
    partner: Model

    def question(
        self, hole: Hole, drawn: list[Sampling], extent: Extent = Extent.LINE
    ) -> JobInputs:
        """Ask for a hole's text, as long as the samplings say."""
        return JobInputs(self.model, fitted_to(self.model, hole), drawn, Stop(extent, hole, 12), 60)

    def alone(self, hole: Hole, extent: Extent = Extent.LINE, max_tokens: int = 24) -> Job:
        """Let the model answer greedily without its partner.

        The prompt is in the cache before, as it is for whoever is compared with this: reading it in
        slices rounds differently from reading its last token alone.
        """
        question = self.question(hole, samplings(1, max_tokens), extent)
        reading = CachedSequence(self.model, question.fitted.tokens, 1)
        while not reading.ready:
            reading.prefill()
        reading.suspend()
        return finish(Job(*question))

    def job(
        self,
        decoding: Decoding,
        hole: Hole,
        drawn: list[Sampling],
        extent: Extent = Extent.LINE,
    ) -> Job:
        """Make a job of the pair that has not begun."""
        question = self.question(hole, drawn, extent)
        if not decoding.partner:
            return pair_job(question, decoding, None)
        return pair_job(question, decoding, self.partner, fitted_to(self.partner, hole))

    def close(self) -> None:
        self.model.close()
        self.partner.close()


def fitted_to(model: Model, hole: Hole) -> FittedPrompt:
    return fit_prompt(suffix_first(hole), model.vocabulary, model.context_tokens - 128)


def open_pair(partner: ModelSpec = SMALL) -> Pair:
    """Open the large embedded model and a partner."""
    # One thread: these models are too small for two, which would wait for each other.
    specs = (msgspec.structs.replace(spec, threads=1) for spec in (LARGE, partner))
    pair = Pair(*map(Model, specs))
    for model in pair:
        model.saved_limit = 1 << 26
    return pair


def decoding(method: DecodingMethod, **numbers: float) -> Decoding:
    """Return a method with the small model as partner, where it has one."""
    partner = "" if method is DecodingMethod.LOOKUP else "small"
    return Decoding(method, partner, **numbers)  # type: ignore[arg-type]


def endless(prompt: Prompt, decoding: Decoding | None = None) -> GenerationRequest:
    """Ask for many texts that hardly anything but their length ends."""
    samplings = tuple(
        Sampling(1.5, top_k=4000, top_p=1.0, min_p=0.0, max_tokens=200, seed=seed)
        for seed in range(16)
    )
    stop = Stop(Extent.BLOCK, Hole("plaintext", "", ""), max_lines=10_000)
    return GenerationRequest(prompt, samplings, stop, math.inf, decoding=decoding)


def logits_after(model: Model, prompt: list[int], written: list[int]) -> Logits:
    """Compute what a model expects after a prompt and some tokens, in large batches."""
    tokens = [*prompt, *written]
    model.reuse(tokens)
    while len(model.trunk) < len(tokens):
        at = len(model.trunk)
        logits = model.extend_trunk(tokens[at : at + BATCH])
    return logits.copy()


def check_same_or_close(pair: Pair, one: Job, other: Job) -> None:
    """Check that two greedy texts are the same, up to a first difference where the large model's
    two best logits are close."""
    left, right = one.branches[0], other.branches[0]
    for at, (token, instead) in enumerate(zip(left.tokens, right.tokens, strict=False)):
        if token != instead:
            logits = logits_after(pair.model, list(one._tokens), left.tokens[:at])
            best = np.sort(logits)[-2:]
            assert best[1] - best[0] < CLOSE, (left.text, right.text)
            return
    assert left.text == right.text
    assert left.stop == right.stop


def check_same_up_to_ties(one: Job, other: Job) -> None:
    """Check that two greedy texts are the same, or part where two tokens were equally likely."""
    left, right = one.branches[0], other.branches[0]
    pairs = zip(left.tokens, right.tokens, left.logprobs, right.logprobs, strict=False)
    for token, instead, logprob, known in pairs:
        assert logprob == pytest.approx(known, abs=0.2), (left.text, right.text)
        if token != instead:
            return
    assert left.text == right.text


def rewritten(folder: Path, name: str, kind: str) -> ModelSpec:
    """Write the small model with another vocabulary, and say how to open it.

    `shuffled`: the same tokens in another order, and their vectors with them. `coarse`: without
    its last 1,500 merges, so that texts have other tokens. `renamed`: one token has another text.
    `padded`: with eight more tokens that stand for no text.
    """
    source = gguf.GGUFReader(SMALL.path)
    fields = {key: field for key, field in source.fields.items() if not key.startswith("GGUF.")}
    lists = {key: fields[f"tokenizer.ggml.{key}"].contents() for key in _LISTS}
    order = np.arange(len(lists["tokens"]))
    if kind == "shuffled":
        first = lists["token_type"].index(1)
        order[first:] = np.random.default_rng(0).permutation(order[first:])
    elif kind == "coarse":
        gone = {merge.replace(" ", "") for merge in lists["merges"][-1500:]}
        lists["merges"] = lists["merges"][:-1500]
        _unuse(lists, [at for at, token in enumerate(lists["tokens"]) if token in gone])
    elif kind == "renamed":
        lists["tokens"][4000] = "nonesuch"
    elif kind == "padded":
        order = np.concatenate([order, np.zeros(8, int)])
    for key in ("tokens", "token_type"):
        lists[key] = [lists[key][at] for at in order]
    if kind == "padded":
        _unuse(lists, list(range(len(order) - 8, len(order))))
    path = folder / f"{name}-{kind}.gguf"
    writer = gguf.GGUFWriter(path, "llama")
    for key, field in fields.items():
        part = key.removeprefix("tokenizer.ggml.")
        if part in lists:
            writer.add_array(key, lists[part])
        elif key == "llama.vocab_size":
            writer.add_vocab_size(len(order))
        elif key != "general.architecture":
            writer.add_key_value(key, field.contents(), field.types[0])
    for tensor in source.tensors:
        rows = tensor.data[order] if tensor.name == "token_embd.weight" else tensor.data
        writer.add_tensor(tensor.name, rows, raw_dtype=tensor.tensor_type)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return ModelSpec(name=name, path=str(path))


_LISTS = ("tokens", "token_type", "merges")


def _unuse(lists: dict[str, list], tokens: list[int]) -> None:  # type: ignore[type-arg]
    for token in tokens:
        lists["tokens"][token] = f"[UNUSED{token}]"
        lists["token_type"][token] = _UNUSED
