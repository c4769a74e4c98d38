"""A process that does one job with a model file, and ends.

`python -m ensemble.inference.files.worker` reads the job as JSON on standard input
(`ensemble.engines.local.file_jobs`); the outcome goes to standard output. If a file makes llama.cpp
crash, only this process is lost.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import msgspec
import numpy as np

from ensemble.engines.local.file_jobs import (
    FitRouters,
    Fitted,
    Job,
    JobFailed,
    Losses,
    MeasureLoss,
    Outcome,
    Quantize,
    Written,
)
from ensemble.inference.files.moe_gate import fit_moe_gate
from ensemble.inference.files.moe_router_inputs import record_router_inputs
from ensemble.inference.files.text_loss import text_loss
from ensemble.inference.files.windows import WINDOW
from ensemble.inference.host import take_standard_output
from ensemble.inference.llama import forget_complaints, last_complaint, llama
from ensemble.inference.model import Model, ModelError
from ensemble.inference.threads import physical_cores
from ensemble.models.registry import ModelSpec

_QUANTIZER_BUFFER = 256 << 20
"""The most bytes of a tensor that the quantizer holds at once."""


def run_job(job: Job) -> Outcome:
    """Do a job; whatever llama.cpp complains about is Failed."""
    try:
        match job:
            case Quantize():
                return _quantize(job)
            case MeasureLoss(path, texts, most_tokens):
                model = Model(ModelSpec(name=path, path=path, context=WINDOW))
                return Losses(tuple(text_loss(model, text, most_tokens) for text in texts))
            case FitRouters():
                return _fit_routers(job)
    except (ModelError, OSError) as error:
        return JobFailed(str(error))


def _quantize(job: Quantize) -> Outcome:
    parameters = llama.llama_model_quantize_default_params()
    parameters.nthread = physical_cores()
    parameters.ftype = job.file_type
    # What the models store alike was copied, and is left alone where the types are equal.
    parameters.allow_requantize = True
    parameters.max_buf_size = _QUANTIZER_BUFFER
    forget_complaints()
    if llama.llama_model_quantize(job.source.encode(), job.target.encode(), parameters):
        reason = last_complaint() or "it gave no reason"
        return JobFailed(f"{job.source}: llama.cpp cannot quantize this model: {reason}")
    return Written()


def _fit_routers(job: FitRouters) -> Outcome:
    domains = []
    for index, text in enumerate(job.texts):
        file = Path(job.folder, f"{index}.npy")
        record_router_inputs(job.model, text, job.most_tokens, str(file))
        domains.append(np.load(file, mmap_mode="r"))
    gates = [
        fit_moe_gate([domain[layer] for domain in domains]) for layer in range(len(domains[0]))
    ]
    np.save(job.target, np.stack([gate.weights for gate in gates]))
    return Fitted(tuple(gate.accuracy for gate in gates))


def main() -> None:
    """Read one job, do it, write the outcome."""
    output = take_standard_output()
    job: Job = msgspec.json.decode(sys.stdin.buffer.read(), type=Job)
    output.write(msgspec.json.encode(run_job(job)))
    output.close()
    # Without this, llama.cpp frees what the process's end frees anyway, and may crash over it.
    os._exit(0)


if __name__ == "__main__":
    main()
