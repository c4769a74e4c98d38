"""Trains one model, resumably, yielding to everything else on a shared processor.

    python -m training.train RUN                        the stable phase, or its continuation
    python -m training.train RUN --decay 20000000       a decay of that many tokens, branching off
        [--start stable-0040M.pt] [--name NAME]         from this checkpoint, into this folder
        [--domain web]                                  a sibling: the decay favors a domain
        [--teachers NAME,NAME --fusion min|avg]         with soft targets from finished decays

SIGTERM and SIGINT write a checkpoint and end the run with exit status 75; the same command goes
on from there, and does nothing when all is done.
RUN is a name under [runs] of settings.toml. runs/RUN/ gets stable.pt, milestones of it and
log.jsonl; a decay has a folder of its own (RUN-decay unless named) with decay.pt while it lasts
and final.pt, the averaged weights.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import time
from pathlib import Path
from types import FrameType
from typing import Any

import msgspec
import torch

from training import checkpoint
from training.data import Batch, batches, make_batch, open_sampler
from training.distill import Fusion, SoftTargets, open_model
from training.grow import seed
from training.model import parameters
from training.settings import Run, Samples, Settings, home, load
from training.trainer import Trainer, decay_phase, stable_phase

VALIDATION_SEED = (12345,)
VALIDATION_ROWS = 24
LOG_STEPS = 10
STOPPED = 75
"""sysexits.h: a temporary failure, try again."""


class Stop:
    """Becomes true when the process is asked to end."""

    def __init__(self) -> None:
        self.asked = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self.asked = True


class Validation:
    """Fixed batches of unseen files: `all` weighs every token, `answer` only what fills holes."""

    def __init__(self, data: Path, settings: Settings, length: int) -> None:
        answers = msgspec.structs.replace(
            settings.decay_samples, fim_rate=1.0, context_weight=0.0, function_rate=0.0
        )
        self.batches = {
            "all": self.fixed(data, settings.samples, length),
            "answer": self.fixed(data, answers, length),
        }

    def fixed(self, data: Path, samples: Samples, length: int) -> Batch:
        sampler = open_sampler(data, "valid", samples)
        return make_batch(sampler, VALIDATION_ROWS, length, VALIDATION_SEED)

    def losses(self, trainer: Trainer) -> dict[str, float]:
        return {name: round(trainer.evaluate(batch), 4) for name, batch in self.batches.items()}


class Session:
    """One process's share of a run: loop, log, checkpoints."""

    def __init__(
        self,
        trainer: Trainer,
        data: Path,
        folder: Path,
        validation: Validation,
        described: dict[str, Any],
    ) -> None:
        self.trainer, self.data, self.folder = trainer, data, folder
        self.validation = validation
        self.described = described | {"shape": msgspec.to_builtins(trainer.shape)}
        self.saved = time.monotonic()
        folder.mkdir(parents=True, exist_ok=True)

    def run(self, stop: Stop) -> None:
        trainer, phase, run = self.trainer, self.trainer.phase, self.trainer.run
        rows = phase.batch_tokens // phase.length
        made = batches(
            self.data,
            phase.samples,
            (rows, phase.length),
            (run.seed, int(phase.decays)),
            first=trainer.progress.step,
            workers=run.workers,
        )
        self.log("start", parameters=parameters(trainer.model), pid=os.getpid(), **self.described)
        while not trainer.finished and not stop.asked:
            began = time.monotonic()
            loss, norm = trainer.step(next(made))
            if trainer.progress.step % LOG_STEPS == 0:
                speed = phase.batch_tokens / (time.monotonic() - began)
                rate = round(trainer.rate_share, 4)
                self.log("step", loss=loss, norm=norm, rate=rate, speed=round(speed))
            if trainer.progress.step % run.validate_steps == 0:
                self.log("valid", **self.validation.losses(trainer))
            self.keep()
        self.save()
        self.log("stop", finished=trainer.finished)
        if phase.decays and trainer.finished:
            self.finish()

    def keep(self) -> None:
        """Saves when it is time, and keeps a milestone when the tokens reached one."""
        every, batch = self.trainer.run.milestone_tokens, self.trainer.phase.batch_tokens
        tokens = self.trainer.progress.tokens
        reached = tokens // every != (tokens - batch) // every
        if reached or time.monotonic() - self.saved > self.trainer.run.checkpoint_seconds:
            self.save()
        if reached and not self.trainer.phase.decays:
            name = f"stable-{tokens // 1_000_000:04d}M.pt"
            checkpoint.save(self.trainer.state(), self.folder / name)

    def save(self) -> None:
        checkpoint.save(self.trainer.state(), self.folder / f"{self.trainer.phase.name}.pt")
        self.saved = time.monotonic()

    def finish(self) -> None:
        """Leaves the averaged weights for export and ends the branch."""
        self.trainer.use_average()
        self.log("final", **self.validation.losses(self.trainer))
        state = self.trainer.state() | {"optimizers": [], "average": {}}
        checkpoint.save(state, self.folder / "final.pt")
        (self.folder / "decay.pt").unlink()

    def log(self, event: str, **values: object) -> None:
        row = {
            "time": round(time.time()),
            "event": event,
            "phase": self.trainer.phase.name,
            "step": self.trainer.progress.step,
            "tokens": self.trainer.tokens_seen,
            **values,
        }
        with (self.folder / "log.jsonl").open("a") as out:
            out.write(json.dumps(row) + "\n")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run")
    parser.add_argument("--decay", type=int, default=0, metavar="TOKENS")
    parser.add_argument("--start", default="stable.pt", help="checkpoint a decay branches off")
    parser.add_argument("--name", default="", help="folder of a decay")
    parser.add_argument("--domain", default="")
    parser.add_argument("--teachers", default="", help="folders of finished decays, by comma")
    parser.add_argument("--fusion", choices=("min", "avg"), default="min")
    parser.add_argument("--micro-batch", type=int, default=0)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    return parser.parse_args()


def soft_targets(names: str, fusion: Fusion, runs: Path, device: str) -> SoftTargets | None:
    teachers = [open_model(runs / name / "final.pt", device) for name in names.split(",") if name]
    return SoftTargets(teachers, fusion) if teachers else None


def train(chosen: argparse.Namespace, run: Run, settings: Settings, data: Path) -> bool:
    """Does what is left to do; whether all is done now."""
    runs = data / "runs"
    folder = runs / chosen.run
    phase, start = stable_phase(run, settings), folder / "stable.pt"
    if chosen.decay:
        favored = settings.domains[chosen.domain] if chosen.domain else ()
        phase = decay_phase(run, settings, chosen.decay, favored)
        origin, folder = folder / chosen.start, runs / (chosen.name or f"{chosen.run}-decay")
        start = folder / "decay.pt" if (folder / "decay.pt").exists() else origin
        if (folder / "final.pt").exists():
            return True
        if not start.exists():
            raise SystemExit(f"nothing to branch off: {start} does not exist")
    soft = soft_targets(chosen.teachers, chosen.fusion, runs, chosen.device)
    trainer = Trainer(run, phase, settings, chosen.device, soft)
    if start.exists():
        trainer.load(checkpoint.read(start, chosen.device))
    elif run.grown_from:
        origin = runs / run.grown_from / "stable.pt"
        if not origin.exists():
            raise SystemExit(f"nothing to grow from: {origin} does not exist")
        trainer.begin_with(*seed(checkpoint.read(origin, chosen.device), trainer.shape))
    if not trainer.finished:
        validation = Validation(data, settings, run.length)
        described = {"run": chosen.run, "domain": chosen.domain, "teachers": chosen.teachers}
        Session(trainer, data, folder, validation, described).run(Stop())
    return trainer.finished


def main() -> None:
    chosen, settings = arguments(), load()
    if chosen.threads:
        torch.set_num_threads(chosen.threads)
    if chosen.device == "cpu":
        os.nice(19 - os.nice(0))
    torch.set_float32_matmul_precision("high")
    run = settings.runs[chosen.run]
    if chosen.micro_batch:
        run = msgspec.structs.replace(run, micro_batch=chosen.micro_batch)
    if not train(chosen, run, settings, home()):
        raise SystemExit(STOPPED)


if __name__ == "__main__":
    main()
