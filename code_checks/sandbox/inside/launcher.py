"""The first program in a sandbox: gives everything up, then starts the contained code.

    python -c BOOTSTRAP REPORT < message

The message is a setup with its files (see setup.py); what follows it on standard input belongs to
the code. REPORT is the descriptor of a pipe to the outside. The processes, from the outside in:
this one, the keeper (in a process namespace of its own where one could be made), the code.
"""

from __future__ import annotations

import os
import signal
import sys

from . import libc
from .candidate_process import forbid_processes
from .forking import fork
from .hardening import (
    ON_LINUX,
    Namespaces,
    become,
    confine,
    forbid_signals,
    leave_namespaces,
    limit,
)
from .keeper import StopRequest, fail, keep, stop_on_request
from .setup import Setup, receive
from .supervisor import remove, supervise, write_files

_OWN_PROCESSES = 2
"""The keeper, and its parent where a process namespace had to be made."""


def main() -> None:
    """Set everything up, run the code, report how it ended."""
    report, parent = int(sys.argv[1]), os.getppid()
    os.set_inheritable(report, False)
    try:
        setup, files = receive(0)
        got = _namespaces(setup)
        if setup.user is not None:
            become(setup.user)
        if ON_LINUX:
            libc.become_unreadable()
            libc.adopt_orphans()
            libc.die_with_parent(signal.SIGTERM if setup.landlock else signal.SIGKILL)
        write_files(setup.directory, files)
        processes = setup.processes + _OWN_PROCESSES + (0 if got.processes else setup.busy)
    except (OSError, EOFError, ValueError) as error:
        fail(report, str(error))
    if got.processes and setup.landlock:
        _in_namespace(setup, files, report, processes, got)
    else:
        _keep(setup, files, report, processes, got)
    if os.getppid() != parent and not got.disk:
        # Nobody is left who would remove it.
        remove(setup.directory)


def _namespaces(setup: Setup) -> Namespaces:
    """Return what surrounds this process, having made it where that is left to us."""
    if setup.landlock:
        return leave_namespaces(setup) if setup.namespaces else Namespaces()
    return Namespaces(processes=ON_LINUX, disk=ON_LINUX)


def _in_namespace(
    setup: Setup, files: dict[str, bytes], report: int, processes: int, got: Namespaces
) -> None:
    """Let a child be the keeper: as the first process of its namespace it takes all with it."""
    stop_on_request()
    keeper = 0
    try:
        keeper = fork()
        if keeper == 0:
            libc.die_with_parent(signal.SIGKILL)
            _keep(setup, files, report, processes, got)
            os._exit(0)
        os.close(report)
        os.waitpid(keeper, 0)
    except StopRequest:
        os.kill(keeper, signal.SIGKILL)
        os.waitpid(keeper, 0)


def _keep(
    setup: Setup, files: dict[str, bytes], report: int, processes: int, got: Namespaces
) -> None:
    def code() -> None:
        try:
            os.setsid()
            limit(setup, processes)
            confine(setup)
            if setup.judge is None:
                _forbid_the_rest(setup)
        except OSError as error:
            fail(report, str(error))
        if setup.judge is not None:
            os.close(report)
            supervise(setup, files)
        else:
            # The pipe to the outside closes itself when this succeeds.
            os.execve(setup.command[0], setup.command, setup.environment)

    keep(setup, report, code, alone=got.processes, own_disk=got.disk)


def _forbid_the_rest(setup: Setup) -> None:
    forbid_signals(setup)
    if not ON_LINUX:
        forbid_processes()


if __name__ == "__main__":
    main()
