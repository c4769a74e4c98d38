"""What only llama.cpp can do with model files, done in a process that may be lost."""

from __future__ import annotations

import os
import subprocess
import sys

import msgspec

from ensemble.engines.local.file_jobs import (
    FitRouters,
    Fitted,
    Job,
    JobFailed,
    Loss,
    Losses,
    MeasureLoss,
    Outcome,
    Quantize,
)
from ensemble.engines.local.probe import exit_reason
from ensemble.errors import MergeError

MOST_TOKENS = 32_768
"""How much of a text is read; more would move a loss by less than models differ."""

# `-P` keeps the current folder off the module path.
_COMMAND = (sys.executable, "-P", "-m", "ensemble.inference.files.worker")

# The routers' products are too thin to be worth numpy's threads: where others use the processor,
# they wait for each other a hundred times longer than they compute. llama.cpp's are its own.
_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1"}


def quantize(source: str, target: str, file_type: int) -> None:
    """Write a model anew in one of llama.cpp's file types. Raises MergeError."""
    _run(Quantize(source, target, file_type))


def measure_loss(
    model: str, texts: tuple[str, ...], most_tokens: int = MOST_TOKENS
) -> tuple[Loss, ...]:
    """Return how well a model predicts each text. Raises MergeError."""
    match _run(MeasureLoss(model, texts, most_tokens)):
        case Losses(losses):
            return losses
    raise MergeError(f"{model}: no loss came back")


def fitted_routers(
    model: str, texts: tuple[str, ...], most_tokens: int, folder: str, target: str
) -> tuple[float, ...]:
    """Write routers that tell the texts apart into a numpy file; return their accuracy in each
    layer. Raises MergeError."""
    match _run(FitRouters(model, texts, most_tokens, folder, target)):
        case Fitted(accuracy):
            return accuracy
    raise MergeError(f"{model}: no routers came back")


def _run(job: Job) -> Outcome:
    done = subprocess.run(
        _COMMAND,
        input=msgspec.json.encode(job),
        stdout=subprocess.PIPE,
        env=os.environ | _ENVIRONMENT,
        check=False,
    )
    model = job.source if isinstance(job, Quantize) else job.model
    if not done.stdout:
        raise MergeError(
            f"{model}: llama.cpp crashed on this model ({exit_reason(done.returncode)})"
        )
    outcome: Outcome = msgspec.json.decode(done.stdout, type=Outcome)
    if isinstance(outcome, JobFailed):
        raise MergeError(outcome.message)
    return outcome
