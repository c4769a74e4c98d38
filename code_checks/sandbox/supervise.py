"""Starts a sandbox, feeds it, watches it and ends it."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import threading
import time
from pathlib import Path

from code_checks.sandbox.completed import Completed, KilledBy
from code_checks.sandbox.level import HARMFUL, Level, SandboxUnavailable, Threat
from code_checks.sandbox.limits import Limits
from code_checks.sandbox.process_table import children_of, resident_bytes
from code_checks.sandbox.pump import Pump
from code_checks.sandbox.setting_up import SandboxOrder, Started, prepared

_TICK_SECONDS = 0.05
_PATIENCE_SECONDS = 5.0
"""How long a sandbox that was told to end may take: the kernel frees what it held."""


def start(
    order: SandboxOrder,
    level: Level,
    *,
    stdin: bytes = b"",
    contain: frozenset[Threat] = HARMFUL,
    cancel: threading.Event | None = None,
) -> Completed:
    """Carry an order out with what `level` offers; raises what `run` raises."""
    refuse(level, contain)
    begun = time.monotonic()
    report, report_end = os.pipe()
    try:
        with prepared(order, level, report_end) as started:
            process = _popen(started, report_end)
            os.close(report_end)
            report_end = -1
            return _Run(process, report, order.limits, cancel, begun).finish(started, stdin)
    finally:
        os.close(report)
        if report_end >= 0:
            os.close(report_end)


def refuse(level: Level, contain: frozenset[Threat]) -> None:
    """Raise SandboxUnavailable if a level does not contain all of these threats."""
    if not level.available:
        raise SandboxUnavailable(level.detail)
    missing = contain - level.covers
    if missing:
        what = ", ".join(threat.value for threat in Threat if threat in missing)
        raise SandboxUnavailable(f"{level.mechanism} does not contain code that {what}")


def _popen(started: Started, report: int) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            started.arguments,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            # A session of its own: no terminal, and no Ctrl-C that is meant for others.
            env=started.environment, cwd="/", pass_fds=(report,), start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        raise SandboxUnavailable(f"the sandbox could not be started: {error}") from error


class _Run:
    """One started sandbox."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        report: int,
        limits: Limits,
        cancel: threading.Event | None,
        begun: float,
    ) -> None:
        self._process = process
        self._limits = limits
        self._cancel = cancel
        self._begun = begun
        self._first: int | None = None
        self._next_look = begun + _TICK_SECONDS
        self._pump = Pump(process, report, limits.output_bytes)

    def finish(self, started: Started, stdin: bytes) -> Completed:
        """Wait for the end, and bring it about where a limit says so."""
        killed_by: KilledBy | None = None
        try:
            self._pump.send(started.message + stdin)
            while killed_by is None and self._pump.turn(_TICK_SECONDS):
                self._find_first()
                killed_by = self._excess()
            self._find_first()
        finally:
            self._end()
        return self._completed(killed_by)

    def _excess(self) -> KilledBy | None:
        if self._cancel is not None and self._cancel.is_set():
            return KilledBy.CANCELLED
        if self._pump.flooded:
            return KilledBy.OUTPUT
        now = time.monotonic()
        if now - self._begun > self._limits.wall_seconds:
            return KilledBy.WALL_TIME
        if now > self._next_look:
            self._next_look = now + _TICK_SECONDS
            if resident_bytes(self._process.pid) > self._limits.memory:
                return KilledBy.MEMORY
        return None

    def _find_first(self) -> None:
        """Get hold of the first process of bubblewrap's namespace, as soon as there is one.

        When it has ended, the kernel has ended all others; bubblewrap itself ends before that.
        """
        if self._first is None and self._is_bubblewrap() and self._pump.has_started:
            with contextlib.suppress(OSError):
                for child in children_of(self._process.pid):
                    self._first = os.pidfd_open(child)

    def _end(self) -> None:
        """Kill what still lives, and wait until the last of it is gone."""
        if not self._pump.finished:
            self._kill()
        try:
            self._process.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._first is not None:
            select.select([self._first], [], [], _PATIENCE_SECONDS)
            os.close(self._first)
        self._pump.close()

    def _kill(self) -> None:
        """Bubblewrap dies with its namespace; any other launcher ends its own when it is asked."""
        if not self._is_bubblewrap():
            self._process.terminate()
        elif self._first is not None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._first, signal.SIGKILL)
        else:
            self._process.kill()

    def _is_bubblewrap(self) -> bool:
        return Path(str(self._process.args[0])).name == "bwrap"  # type: ignore[index]

    def _completed(self, killed_by: KilledBy | None) -> Completed:
        first, last = self._pump.reported()
        if first.startswith("unavailable"):
            raise SandboxUnavailable(first.partition(" ")[2])
        if not first and killed_by is None:
            text = self._pump.stderr.decode(errors="replace").strip().splitlines()
            raise SandboxUnavailable(text[-1] if text else "the sandbox did not start")
        if last.startswith("unavailable"):
            raise SandboxUnavailable(last.partition(" ")[2])
        status, killed_by = _ending(last, killed_by)
        return Completed(
            status=status,
            stdout=self._pump.stdout,
            stderr=self._pump.stderr,
            killed_by=killed_by,
            seconds=time.monotonic() - self._begun,
        )


def _ending(last: str, killed_by: KilledBy | None) -> tuple[int | None, KilledBy | None]:
    """Return the exit status, or what ended the sandbox before its command, as the keeper said."""
    if killed_by is not None:
        return None, killed_by
    if last.startswith("status "):
        status = int(last.removeprefix("status "))
        return status, KilledBy.CPU_TIME if status == -signal.SIGXCPU else None
    return None, KilledBy.DISK if last == "disk" else KilledBy.ITSELF
