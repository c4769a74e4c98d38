"""Runs one command in a sandbox: what everybody outside this folder calls."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from code_checks.sandbox.completed import Completed
from code_checks.sandbox.level import HARMFUL, Level, Threat
from code_checks.sandbox.limits import DEFAULT_LIMITS, Limits
from code_checks.sandbox.probing import probe_sandbox
from code_checks.sandbox.setting_up import SandboxOrder
from code_checks.sandbox.supervise import start


def run(
    command: Sequence[str],
    files: Mapping[str, bytes | str],
    *,
    limits: Limits = DEFAULT_LIMITS,
    stdin: bytes = b"",
    environment: Mapping[str, str] | None = None,
    read_only: Sequence[Path] = (),
    contain: frozenset[Threat] = HARMFUL,
    cancel: threading.Event | None = None,
    level: Level | None = None,
) -> Completed:
    """Run a command in a directory that holds a copy of `files` (relative name → content).

    `command` begins with the full path of a program, in /usr or below one of `read_only`:
    directories that the code may read, which only the user's own settings may name. Runtimes that
    reserve address space need `Limits(address_space=None)` and their own heap flag (Node:
    `--max-old-space-size`; Go: GOMEMLIMIT in `environment`).

    Blocks; `cancel`, set from another thread, ends it within 0.1 s, and `cancellable` calls it
    from an event loop. When it returns, nothing that was started is running any more.

    Raises SandboxUnavailable where nothing contains the code, or nothing contains every threat
    in `contain`: it was not run. ValueError for file names that leave the directory.
    """
    order = SandboxOrder(tuple(command), files, limits, environment or {}, tuple(read_only))
    return start(order, level or probe_sandbox(), stdin=stdin, contain=contain, cancel=cancel)
