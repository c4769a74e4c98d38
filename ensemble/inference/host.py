"""The process that owns the local models: one loop, one batch at a time.

`python -m ensemble.inference.host` speaks the messages of `ensemble.engines.local.messages`; it
ends when its input does. With `--probe FILE` it opens one model, says what it is, and ends: if the
file makes llama.cpp crash, only this process is lost.
"""

from __future__ import annotations

import contextlib
import math
import os
import queue
import signal
import sys
import threading
import time
from typing import BinaryIO

import msgspec

from ensemble.engines.local import messages
from ensemble.engines.prompt import Prompt
from ensemble.inference.decoding.pair_job import Unpaired, pair_job
from ensemble.inference.free_memory import free_memory
from ensemble.inference.job import Job, JobInputs
from ensemble.inference.llama import build_facts
from ensemble.inference.model import MAX_BRANCHES, Model, ModelError
from ensemble.inference.prompt_tokens import FittedPrompt, fit_prompt
from ensemble.inference.read_ahead import ReadAhead
from ensemble.inference.score_job import ScoringJob
from ensemble.models.registry import ModelSpec

_UPDATE_SECONDS = 0.02
_ALIVE_SECONDS = 1.0
"""After how long a silence the host says that it is at work. A long prompt may take minutes before
there is a text to report, and the client kills a host that says nothing."""
_LEAST_ANSWER_ROOM, _LARGEST_ANSWER_ROOM = 64, 512
_LARGEST_SAVED = 1 << 30
"""The most bytes of prompt states that are kept for other documents, however much is free."""


class HostRequest:
    """A job with what the loop needs to order it and to report on it."""

    def __init__(
        self, ask: messages.Ask | messages.Score, job: Job | ScoringJob, now: float
    ) -> None:
        self.ask = ask
        self.job = job
        self.deadline = math.inf if ask.within is None else now + ask.within
        self.reported = 0.0

    def urgency(self, now: float) -> tuple[int, int]:
        """Order requests: those in time, those that are late, those that nobody waits for.

        Among equals the newest comes first, because somebody is looking at it; that is why it goes
        before older ones that would have the earlier deadline.
        """
        late = 1 if self.deadline < now else 0
        return (2 if math.isinf(self.deadline) else late, -self.ask.id)

    def report(self) -> messages.FromHost:
        """Return what there is to say of the job. Scores come all at once; until then the client
        hears only that the host is alive."""
        if isinstance(self.job, Job):
            return messages.Update(self.ask.id, self.job.generation())
        if not self.job.done:
            return messages.Running(self.ask.model)
        return messages.Scored(self.ask.id, tuple(map(tuple, self.job.logprobs)))


class Host:
    """Everything that the main thread owns. Another thread only fills the inbox."""

    def __init__(self, output: BinaryIO, memory_budget: int) -> None:
        self._output = output
        self._memory_budget = memory_budget
        self._models: dict[str, Model] = {}
        self._requests: dict[int, HostRequest] = {}
        self._active: dict[str, int] = {}
        self._ahead: ReadAhead | None = None
        self._blamed = ""
        self._said = 0.0
        self.inbox: queue.SimpleQueue[messages.ToHost] = queue.SimpleQueue()

    def run(self) -> None:
        """Take what has come in, then do the most urgent step; wait when there is none."""
        messages.write(self._output, messages.Ready(build_facts()))
        while True:
            self._take_messages()
            self._step()

    def _take_messages(self) -> None:
        """Handle every message that waits, or wait for one if there is nothing else to do."""
        with contextlib.suppress(queue.Empty):
            while True:
                idle = not self._requests and self._ahead is None
                self._handle(self.inbox.get(block=idle))

    def _handle(self, message: messages.ToHost) -> None:
        match message:
            case messages.Load(spec):
                self._load(spec)
            case messages.Ask() | messages.Score():
                self._accept(message)
            case messages.Cancel(id=identifier):
                self._forget(identifier)

    def _load(self, spec: ModelSpec) -> None:
        self._blame(spec.name)
        known = self._models.pop(spec.name, None)
        if known is not None:
            for request in [r for r in self._requests.values() if known in r.job.models]:
                self._fail(request.ask.id, f"{spec.name}: its settings changed")
            known.close()
            self._ahead = None
        try:
            model = Model(spec, lambda part: self._say(messages.Loading(spec.name, part)))
        except ModelError as error:
            self._say(messages.Refused(spec.name, str(error)))
            return
        taken = model.bytes + sum(other.bytes for other in self._models.values())
        if taken > self._memory_budget:
            model.close()
            message = (
                f"{spec.path}: the models would take {taken >> 20} MiB, but memory.budget allows "
                f"{self._memory_budget >> 20}. Raise it, or use a smaller model or context."
            )
            self._say(messages.Refused(spec.name, message))
            return
        try:
            model.measure_speed()
        except ModelError as error:
            model.close()
            self._say(messages.Refused(spec.name, str(error)))
            return
        self._models[spec.name] = model
        for loaded in self._models.values():
            spare = (self._memory_budget - taken) // (2 * len(self._models))
            loaded.saved_limit = min(spare, _LARGEST_SAVED)
        self._say_speed(model)

    def _accept(self, ask: messages.Ask | messages.Score) -> None:
        try:
            job = self._job(ask)
        except (ModelError, Unpaired) as error:
            self._say(messages.Failed(ask.id, str(error), refused=isinstance(error, Unpaired)))
        else:
            self._requests[ask.id] = HostRequest(ask, job, time.monotonic())

    def _job(self, ask: messages.Ask | messages.Score) -> Job | ScoringJob:
        """Return the job for a request. Raises ModelError or Unpaired where there can be none."""
        model, fitted = self._fitted(ask.model, ask.prompt)
        if isinstance(ask, messages.Score):
            return ScoringJob(model, fitted, ask.texts)
        if ask.longer is not None:
            _, longer = self._fitted(ask.model, ask.longer)
            self._ahead = ReadAhead(model, longer.tokens)
            if self._ahead.missing <= (ask.prompt.most_tokens or 0):
                fitted = longer
        samplings = ask.samplings[:MAX_BRANCHES]
        if not samplings:
            raise ModelError(f"{ask.model}: no candidate was asked for")
        most = model.branch_room(len(fitted.tokens), len(samplings))
        inputs = JobInputs(model, fitted, samplings, ask.stop, most)
        if ask.decoding is None:
            return Job(*inputs)
        if not ask.decoding.partner:
            return pair_job(inputs, ask.decoding, None)
        partner = self._fitted(ask.decoding.partner, ask.partner_prompt or ask.prompt)
        return pair_job(inputs, ask.decoding, *partner)

    def _fitted(self, name: str, prompt: Prompt) -> tuple[Model, FittedPrompt]:
        """Return a model and a prompt as it reads it."""
        model = self._models.get(name)
        if model is None:
            raise ModelError(f"{name}: this model is not loaded")
        budget = model.context_tokens - answer_room(model)
        if prompt.most_tokens is not None:
            budget = min(budget, prompt.most_tokens)
        fitted = fit_prompt(prompt, model.vocabulary, budget)
        if not fitted.tokens:
            raise ModelError(f"{name}: the prompt is empty")
        return model, fitted

    def _step(self) -> None:
        """Do one slice or one step for the most urgent request."""
        if not self._requests:
            self._read_ahead()
            return
        now = time.monotonic()
        request = min(self._requests.values(), key=lambda request: request.urgency(now))
        identifier, job = request.ask.id, request.job
        if job.done:  # There was nothing to score.
            changed = True
        else:
            self._activate(request)
            name = job.at_work.info.name
            self._blame(name)
            try:
                changed = job.step()
            except (ModelError, ArithmeticError) as error:
                self._fail(identifier, f"{name}: {error}")
                return
        now = time.monotonic()
        if job.done or (changed and now - request.reported >= _UPDATE_SECONDS):
            request.reported = now
            self._say(request.report())
        elif job.at_work.speed_changed:
            self._say_speed(job.at_work)
        elif now - self._said >= _ALIVE_SECONDS:
            self._say(messages.Running(self._blamed))
        if job.done:
            self._forget(identifier)

    def _read_ahead(self) -> None:
        """Read on in the longest prompt that the last request had, for the next one."""
        if self._ahead is None:
            return
        self._blame(self._ahead.model.info.name)
        try:
            done = self._ahead.step()
        except ModelError:
            done = True  # Nobody waits for it; a request that fails will say why.
        if done:
            self._ahead = None

    def _say_speed(self, model: Model) -> None:
        """Describe a model with the speed that was measured last."""
        model.announced_speed = model.prefill_speed
        info = msgspec.structs.replace(model.info, prefill_speed=round(model.prefill_speed, 1))
        self._say(messages.Loaded(info))

    def _activate(self, request: HostRequest) -> None:
        """Let a request's branches take the caches of its models from whoever has them."""
        for model in request.job.models:
            name = model.info.name
            active = self._active.get(name)
            if active != request.ask.id:
                if active in self._requests:
                    self._requests[active].job.suspend()
                self._active[name] = request.ask.id

    def _forget(self, identifier: int) -> None:
        request = self._requests.pop(identifier, None)
        if request is None:
            return
        mine = [name for name, active in self._active.items() if active == identifier]
        if mine:
            request.job.suspend()
        for name in mine:
            del self._active[name]

    def _fail(self, identifier: int, message: str) -> None:
        self._forget(identifier)
        self._say(messages.Failed(identifier, message))

    def _blame(self, model: str) -> None:
        if model != self._blamed:
            self._blamed = model
            self._say(messages.Running(model))

    def _say(self, message: messages.FromHost) -> None:
        self._said = time.monotonic()
        messages.write(self._output, message)


def answer_room(model: Model) -> int:
    """Return how many tokens of a model's context its prompts leave free for the answer.

    Always the same, whatever the request asks for: a line now and a block with the next key then
    find the same prompt in the cache.
    """
    return max(_LEAST_ANSWER_ROOM, min(_LARGEST_ANSWER_ROOM, model.context_tokens // 4))


def take_standard_output() -> BinaryIO:
    """Move file descriptor 1 away for the protocol and point it at standard error instead.

    Whatever a library prints then cannot come between two messages.
    """
    protocol = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return protocol


def _read_messages(host: Host) -> None:
    """Fill the inbox until the client closes the pipe, or is killed."""
    try:
        for text in sys.stdin.buffer:
            host.inbox.put(messages.to_host.decode(text))
    finally:
        # The loop may be in the middle of a long computation that nobody wants any more.
        os._exit(0)


def _probe(path: str, output: BinaryIO) -> None:
    """Open a model with a small context and report Loaded or Refused."""
    messages.write(output, messages.Ready(build_facts()))
    try:
        model = Model(ModelSpec(name=path, path=path, context=64, gpu_layers=0))
        model.extend_trunk([0])
    except ModelError as error:
        messages.write(output, messages.Refused(path, str(error)))
    else:
        messages.write(output, messages.Loaded(model.vocabulary.info))
    output.close()
    os._exit(0)


def _memory_budget(arguments: list[str]) -> int:
    """Return the bytes that all models may take: as told, otherwise half of what is free."""
    told = [argument.partition("=")[2] for argument in arguments]
    return int(told[0]) if told else free_memory() // 2


def main() -> None:
    """Run the host, or the probe."""
    # Ctrl-C in a terminal is meant for the client, whose end closes the input.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    output = take_standard_output()
    if sys.argv[1:2] == ["--probe"]:
        _probe(sys.argv[2], output)
    host = Host(output, _memory_budget(sys.argv[1:]))
    threading.Thread(target=_read_messages, args=(host,), daemon=True).start()
    with contextlib.suppress(BrokenPipeError):
        host.run()
    os._exit(0)


if __name__ == "__main__":
    main()
