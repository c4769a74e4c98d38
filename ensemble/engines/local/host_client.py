"""The client's side of the host process: requests, what is known of the models, and engines."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import math
import signal
import time
from collections.abc import AsyncIterator, Callable, Sequence

import msgspec

from ensemble.async_iterators import closing
from ensemble.candidate import Generation
from ensemble.engines.engine import GenerationRequest
from ensemble.engines.local import messages
from ensemble.engines.local.host_process import HostProcess
from ensemble.engines.local.probe import exit_reason, probe_once
from ensemble.errors import EngineError, EngineUnavailable, ModelRefused
from ensemble.models.info import ModelInfo
from ensemble.models.registry import ModelSpec

_log = logging.getLogger(__name__)
_MAX_CRASHES = 2

_Reply = Generation | messages.Scored | EngineError
"""What the host says about one request."""


class ModelState(msgspec.Struct):
    """What the client knows of one model."""

    spec: ModelSpec
    """How the model is opened."""
    progress: float = 0.0
    """How much of it is loaded, from 0 to 1."""
    info: ModelInfo | None = None
    """What it is, as soon as it is loaded."""
    refused: str = ""
    """Why it is not used, "" while it is: the file is bad, or the host crashed too often."""
    crashes: int = 0
    """How often the host died while it computed with this model, or opened it."""


class HostClient:
    """The client of the host process, which starts when first needed and restarts when it dies."""

    def __init__(self, specs: Sequence[ModelSpec], memory_budget: int | None = None) -> None:
        self.states = {spec.name: ModelState(spec) for spec in specs}
        """Of each model, by its name."""
        self.build: dict[str, object] = {}
        """What llama.cpp says of itself; empty until the host is up."""
        self.on_change: Callable[[ModelState], None] = lambda _: None
        """Called whenever a model's state changes."""
        self._process = HostProcess(self, memory_budget)
        self._supervisor: asyncio.Task[None] | None = None
        self._changed = asyncio.Condition()
        self._pending: dict[int, tuple[str, asyncio.Queue[_Reply]]] = {}
        """Of each request under way, the model and what has been said about it."""
        self._request_ids = itertools.count(1)
        self._running_model = ""
        """The model that the host computes with: the one to blame if it dies."""
        self._closed = False

    @property
    def pid(self) -> int | None:
        """Of the process that runs now."""
        return self._process.pid

    @property
    def awaits_answers(self) -> bool:
        """Whether requests are under way."""
        return bool(self._pending)

    def engine(self, name: str) -> LocalEngine:
        """Return the engine of a model that this host was given."""
        return LocalEngine(self, name)

    async def start(self) -> None:
        """Start the process, if it was not started yet, without waiting for the models."""
        if self._supervisor is None and not self._closed:
            self._supervisor = asyncio.create_task(
                self._process.supervise(), name="host supervisor"
            )

    async def loaded(self, name: str) -> ModelInfo:
        """Wait until a model is loaded. Raises ModelRefused or EngineUnavailable."""
        await self.start()
        state = self.states[name]
        async with self._changed:
            await self._changed.wait_for(lambda: state.info or state.refused or self._closed)
        if state.refused:
            raise ModelRefused(state.refused)
        if self._closed or state.info is None:
            raise EngineUnavailable(f"{name}: the host is closed")
        return state.info

    async def partner(self, name: str) -> ModelInfo:
        """Wait until a model is loaded that may not be here; see `PairingEngine.partner`."""
        if name not in self.states:
            raise ModelRefused(f"decoding.partner: {name!r} is not a local model beside this one")
        return await self.loaded(name)

    async def generate(self, name: str, request: GenerationRequest) -> AsyncIterator[Generation]:
        """Ask a model; see `Engine.generate`."""
        await self.loaded(name)
        if request.decoding is not None and request.decoding.partner:
            await self.partner(request.decoding.partner)
        request_id = next(self._request_ids)
        async with closing(self._replies(name, _ask(request_id, name, request))) as replies:
            async for reply in replies:
                if isinstance(reply, Generation):
                    yield reply

    async def score(
        self, name: str, request: GenerationRequest, texts: Sequence[str]
    ) -> tuple[tuple[float, ...], ...]:
        """Ask a model for texts' probabilities; see `ScoringEngine.score`."""
        await self.loaded(name)
        message = messages.Score(
            next(self._request_ids), name, request.prompt, tuple(texts), _seconds_left(request)
        )
        async with closing(self._replies(name, message)) as replies:
            async for reply in replies:
                if isinstance(reply, messages.Scored):
                    return reply.logprobs
        raise EngineUnavailable(f"{name}: the host gave no scores")

    async def _replies(
        self, name: str, message: messages.Ask | messages.Score
    ) -> AsyncIterator[_Reply]:
        """Send a request and yield what the host says, the newest where it was faster, until it is
        done. Closing the iterator before cancels the request. Raises EngineError."""
        updates: asyncio.Queue[_Reply] = asyncio.Queue()
        self._pending[message.id] = name, updates
        done = False
        try:
            self._process.send(message)
            while not done:
                update = await updates.get()
                while not updates.empty():
                    update = updates.get_nowait()
                if isinstance(update, EngineError):
                    done = True
                    raise update
                done = isinstance(update, messages.Scored) or update.done
                yield update
        finally:
            self._pending.pop(message.id, None)
            if not done:
                self._process.send(messages.Cancel(message.id))

    async def close(self) -> None:
        """End the process. Generations under way raise EngineUnavailable."""
        self._closed = True
        if self._supervisor is not None:
            self._supervisor.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._supervisor
        self._fail_pending("the host is closed")
        await self._notify()

    async def started(self) -> None:
        """Send the models that may be used; a file never seen before is probed first."""
        for state in self.states.values():
            if state.refused:
                continue
            try:
                await probe_once(state.spec.path)
            except ModelRefused as error:
                await self._refuse(state, str(error))
            else:
                self._process.send(messages.Load(state.spec))

    async def received(self, message: messages.FromHost) -> None:
        """Hand on what the host says to whoever waits for it."""
        match message:
            case messages.Update(id=request_id, generation=generation):
                self._deliver(request_id, generation)
            case messages.Scored(id=request_id):
                self._deliver(request_id, message)
            case messages.Failed(id=request_id, message=reason, refused=refused):
                failure = ModelRefused if refused else EngineUnavailable
                self._deliver(request_id, failure(reason))
            case messages.Running(model=name):
                self._running_model = name
            case messages.Ready(build=build):
                self.build = build
            case messages.Loading(model=name, fraction=fraction):
                self.states[name].progress = fraction
                self.on_change(self.states[name])
            case messages.Loaded(info=info):
                state = self.states[info.name]
                state.info, state.progress = info, 1.0
                await self._notify(state)
            case messages.Refused(model=name, message=reason):
                await self._refuse(self.states[name], reason)

    async def exited(self, code: int | None) -> None:
        """After the process died: answer everybody who waits, and hold it against the model."""
        reason = exit_reason(code)
        state = self.states.get(self._running_model)
        running = self._running_model or "nothing"
        _log.warning("the model host died (%s) while it ran %s", reason, running)
        if state is not None and (code != -signal.SIGKILL or state.info is None):
            # A kill comes from outside, unless it came while the file was being opened: then the
            # machine most likely ran out of memory because of it.
            state.crashes += 1
        self._running_model = ""
        for known in self.states.values():
            known.info, known.progress = None, 0.0
            self.on_change(known)
        self._fail_pending(f"the model host died ({reason}) and is being restarted")
        if state is not None and state.crashes >= _MAX_CRASHES:
            await self._refuse(
                state,
                f"{state.spec.path}: llama.cpp crashed {state.crashes} times with this model "
                f"({reason}), so it is set aside. Replace the file or take it out of the settings.",
            )

    def _deliver(self, request_id: int, update: _Reply) -> None:
        waiting = self._pending.get(request_id)
        if waiting is not None:
            waiting[1].put_nowait(update)

    def _fail_pending(self, reason: str) -> None:
        for name, updates in self._pending.values():
            updates.put_nowait(EngineUnavailable(f"{name}: {reason}"))

    async def _refuse(self, state: ModelState, reason: str) -> None:
        _log.warning("%s", reason)
        state.refused, state.info = reason, None
        await self._notify(state)

    async def _notify(self, state: ModelState | None = None) -> None:
        if state is not None:
            self.on_change(state)
        async with self._changed:
            self._changed.notify_all()


class LocalEngine:
    """One of a host's models as an engine."""

    def __init__(self, host: HostClient, name: str) -> None:
        self._host = host
        self._name = name

    @property
    def name(self) -> str:
        return self._name

    async def info(self) -> ModelInfo:
        """See `Engine.info`."""
        return await self._host.loaded(self._name)

    async def partner(self, name: str) -> ModelInfo:
        """See `PairingEngine.partner`."""
        return await self._host.partner(name)

    def generate(self, request: GenerationRequest) -> AsyncIterator[Generation]:
        """See `Engine.generate`."""
        return self._host.generate(self._name, request)

    async def score(
        self, request: GenerationRequest, texts: Sequence[str]
    ) -> tuple[tuple[float, ...], ...]:
        """See `ScoringEngine.score`."""
        return await self._host.score(self._name, request, texts)

    async def close(self) -> None:
        """Close the host, and with it the engines of its other models."""
        await self._host.close()


def _ask(request_id: int, name: str, request: GenerationRequest) -> messages.Ask:
    return messages.Ask(
        request_id, name, request.prompt, request.samplings, request.stop,
        _seconds_left(request), request.decoding, request.partner_prompt, request.longer,
    )  # fmt: skip


def _seconds_left(request: GenerationRequest) -> float | None:
    return None if math.isinf(request.deadline) else request.deadline - time.monotonic()
