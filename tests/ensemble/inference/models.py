"""The real model files that these tests use, and prompts for them."""

from __future__ import annotations

from pathlib import Path

from code_checks.hole import Extent, Hole
from ensemble.candidate import Sampling, Stop
from ensemble.engines.prompt import ESSENTIAL, Piece, Prompt
from ensemble.inference.job import Job
from ensemble.inference.llama import forget_complaints, last_complaint, llama
from ensemble.inference.model import Model
from ensemble.inference.prompt_tokens import fit_prompt
from ensemble.inference.vocabulary import Vocabulary
from ensemble.models.registry import ModelSpec
from tests import models

SMALL = ModelSpec(name="small", path=str(models.SMALL))
LARGE = ModelSpec(name="large", path=str(models.LARGE))
SOURCE = (Path(__file__).parent / "sample.txt").read_text()


def open_small(**settings: object) -> Model:
    """Open the small model with some settings changed."""
    model = Model(ModelSpec(name="small", path=SMALL.path, **settings))  # type: ignore[arg-type]
    model.saved_limit = 1 << 26
    return model


def open_vocabulary(path: str) -> Vocabulary:
    """Open only the vocabulary of a GGUF file, which need not hold a model."""
    parameters = llama.llama_model_default_params()
    parameters.vocab_only = True
    forget_complaints()
    model = llama.llama_model_load_from_file(path.encode(), parameters)
    assert model, f"{path}: {last_complaint()}"
    return Vocabulary(model, name=path, path=path)


def hole_at(marker: str, typed: str = "", source: str = SOURCE) -> Hole:
    """Cut a hole where `marker` begins, after some typed text."""
    offset = source.index(marker)
    return Hole("python", source[:offset] + typed, source[offset:])


def suffix_first(hole: Hole, characters: int = 500) -> Prompt:
    """Build the packing that the embedded models were trained on, without windows or context."""
    before = hole.prefix[: len(hole.prefix) - len(hole.line_head)]
    return Prompt(
        (
            Piece.control("<|fim_suffix|>"),
            Piece(hole.suffix[:characters], "suffix", ESSENTIAL),
            Piece.control("<|fim_prefix|>"),
            Piece(before[-characters:], "prefix", ESSENTIAL),
            Piece.control("<|fim_middle|>"),
        ),
        hole.line_head,
    )


def samplings(count: int, max_tokens: int = 24) -> list[Sampling]:
    """Return one greedy sampling and further ones with seeds of their own."""
    drawn = [Sampling(0.8, seed=seed, max_tokens=max_tokens) for seed in range(1, count)]
    return [Sampling(max_tokens=max_tokens), *drawn]


def job_for(model: Model, hole: Hole, count: int = 1, extent: Extent = Extent.LINE) -> Job:
    """Make a job that has not begun."""
    fitted = fit_prompt(suffix_first(hole), model.vocabulary, model.context_tokens - 24)
    return Job(model, fitted, samplings(count), Stop(extent, hole), 24)


def finish(job: Job) -> Job:
    """Step a job until it is done, and give its branches up."""
    while not job.done:
        job.step()
    job.suspend()
    return job
