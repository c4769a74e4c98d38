"""The models behind one client's server: the completer, how far they are loaded, and the status."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress

from ensemble.cascade.completer import Completer
from ensemble.engines.engine import Engine
from ensemble.policy.policy import Policy
from lsp_server.answers.build_engines import policy_of
from lsp_server.answers.completion_tasks import TaskPool
from lsp_server.answers.status import Models, Status, status_of
from lsp_server.settings.settings import Settings

_log = logging.getLogger(__name__)

Builder = Callable[[Settings, Iterable[str]], Mapping[str, Engine]]
"""Makes an engine for each named model: `build_engines.build_engines`, or a test's own."""

_CLOSE_SECONDS = 5.0


class Backend:
    """What the sessions of one client share. `changed` is called when the status may have."""

    def __init__(self, build: Builder, changed: Callable[[], None]) -> None:
        self.tasks = TaskPool(changed)
        self.settings = Settings()
        self.models = Models({}, self.settings, changed)
        self._build = build
        self._changed = changed
        self._completer: Completer | None = None
        self._loading: asyncio.Task[None] | None = None

    @property
    def completer(self) -> Completer:
        """What asks the models, as the settings are now."""
        assert self._completer is not None, "nothing is asked before `initialize`"
        return self._completer

    @property
    def status(self) -> Status:
        tasks = self.tasks
        return status_of(self.settings, self.models, busy=tasks.busy, trouble=tasks.trouble)

    def configure(self, settings: Settings) -> asyncio.Task[None] | None:
        """Make the completer that the settings ask for; return the task that loads its models.

        None if the one that there is will do.
        """
        if self._completer is not None and _same(settings, self.settings):
            return None
        former, self.settings = self._completer, settings
        policy = policy_of(settings)
        engines = self._build(settings, _models_of(policy))
        self._completer = self.tasks.completer = Completer(engines, policy)
        self.models = Models(engines, settings, self._changed)
        self._loading = asyncio.create_task(self._exchange(former))
        self._changed()
        return self._loading

    async def close(self) -> None:
        """End all work and every model. Returns soon even if a model does not."""
        if self._loading is not None:
            self._loading.cancel()
        with suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self.tasks.close()
                if self._completer is not None:
                    await self._completer.close()

    async def _exchange(self, former: Completer | None) -> None:
        # Memory is for one set of models: the former ones go before the new ones come.
        if former is not None:
            await former.close()
        if self.settings.enabled:
            await self.models.load()


def _same(settings: Settings, former: Settings) -> bool:
    """Whether the same models are asked in the same way: also what a policy's file holds may have
    changed."""
    return settings.values == former.values and settings.policy_file == former.policy_file


def _models_of(policy: Policy) -> list[str]:
    return list(policy.models)
