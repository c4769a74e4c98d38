"""What the editor may show of the server's health: loading, ready, busy, off or trouble."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from enum import StrEnum

import msgspec

from ensemble.engines.engine import Engine
from ensemble.errors import EngineError
from lsp_server.settings.settings import Settings

_REMEDY = "`coterie doctor` says what is wrong and what helps."


class State(StrEnum):
    """The server's state in one word."""

    LOADING = "loading"
    READY = "ready"
    BUSY = "busy"
    OFF = "off"
    TROUBLE = "trouble"


class ModelStatus(msgspec.Struct, frozen=True, omit_defaults=True):
    """A model that the policy asks."""

    name: str
    state: str = ""
    """One of loading, ready and refused."""
    detail: str = ""
    """What it is or why it was refused, for people."""
    url: str = ""
    """Where it is, if it is on a server."""


class Status(msgspec.Struct, frozen=True, omit_defaults=True):
    """The parameters of `coterie/status` and the result of the command `coterie.status`."""

    state: State
    message: str = ""
    """Why the server is in this state, in one sentence."""
    models: tuple[ModelStatus, ...] = ()
    """Those that the policy asks, in its order."""
    remedy: str = ""
    """What helps against trouble, in one sentence; "" where there is none."""


class Models:
    """The models of a policy while they load and afterwards.

    `changed` is called whenever one has been loaded or refused.
    """

    def __init__(
        self, engines: Mapping[str, Engine], settings: Settings, changed: Callable[[], None]
    ) -> None:
        self._engines = engines
        self._changed = changed
        self.statuses = {name: _waiting(name, settings) for name in engines}

    @property
    def loading(self) -> bool:
        return any(status.state == "loading" for status in self.statuses.values())

    @property
    def usable(self) -> bool:
        return any(status.state == "ready" for status in self.statuses.values())

    @property
    def problem(self) -> str:
        """Why models are not used, or ""."""
        refused = [status for status in self.statuses.values() if status.state == "refused"]
        return "; ".join(status.detail for status in refused)

    @property
    def fraction(self) -> float:
        """The part of the models that need not be waited for any longer, 0 to 1."""
        done = sum(status.state != "loading" for status in self.statuses.values())
        return done / len(self.statuses) if self.statuses else 1.0

    async def load(self) -> None:
        """Load all of them. A model that cannot be loaded is left to those that can."""
        await asyncio.gather(*(self._load(name) for name in self._engines))

    async def _load(self, name: str) -> None:
        try:
            info = await self._engines[name].info()
        except EngineError as error:
            self._set(name, "refused", str(error))
        else:
            device = f" on {info.device}" if info.device else ""
            self._set(name, "ready", f"{info.description or info.name}{device}")

    def _set(self, name: str, state: str, detail: str) -> None:
        status = self.statuses[name]
        self.statuses[name] = msgspec.structs.replace(status, state=state, detail=detail)
        self._changed()


def _waiting(name: str, settings: Settings) -> ModelStatus:
    spec = settings.models.get(name)
    return ModelStatus(name, "loading", url=spec.address if spec else "")


def status_of(settings: Settings, models: Models, *, busy: bool, trouble: str) -> Status:
    """Return the status that follows from these facts. Pure."""
    listed = tuple(models.statuses.values())
    if not settings.enabled:
        return Status(State.OFF, f"`enabled` is false ({settings.origin('enabled')})", listed)
    if models.loading and not models.usable:
        return Status(State.LOADING, "Loading models", listed)
    if not models.usable:
        return Status(State.TROUBLE, models.problem or "There is no model", listed, _REMEDY)
    if trouble:
        return Status(State.TROUBLE, trouble, listed, _REMEDY)
    return Status(State.BUSY if busy else State.READY, models.problem, listed)
