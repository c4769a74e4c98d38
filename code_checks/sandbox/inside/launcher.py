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

from . import landlock, libc
from .hardening import ON_LINUX, become, confine, forbid_signals, leave_namespaces, limit
from .keeper import Stop, fail, keep, stop_on_request
from .setup import Setup, receive
from .supervisor import supervise

_OWN_PROCESSES = 2
"""The keeper, and its parent where a process namespace had to be made."""


def main() -> None:
    """Set everything up, run the code, report how it ended."""
    report = int(sys.argv[1])
    os.set_inheritable(report, False)
    try:
        setup, files = receive(0)
        separate = bool(setup.landlock) and leave_namespaces()
        if setup.user is not None:
            become(setup.user)
        if ON_LINUX:
            libc.become_unreadable()
            libc.adopt_orphans()
            libc.die_with_parent(signal.SIGTERM if setup.landlock else signal.SIGKILL)
        _write(setup, files)
        processes = setup.processes + _OWN_PROCESSES + (0 if separate else _busy(setup))
    except (OSError, EOFError, ValueError) as error:
        fail(report, str(error))
    if separate:
        _in_namespace(setup, report, processes)
    else:
        _keep(setup, report, processes, alone=ON_LINUX and not setup.landlock)


def _in_namespace(setup: Setup, report: int, processes: int) -> None:
    """Let a child be the keeper: as the first process of its namespace it takes all with it."""
    stop_on_request()
    keeper = 0
    try:
        keeper = os.fork()
        if keeper == 0:
            libc.die_with_parent(signal.SIGKILL)
            _keep(setup, report, processes, alone=True)
            os._exit(0)
        os.close(report)
        os.waitpid(keeper, 0)
    except Stop:
        os.kill(keeper, signal.SIGKILL)
        os.waitpid(keeper, 0)


def _keep(setup: Setup, report: int, processes: int, *, alone: bool) -> None:
    def code() -> None:
        try:
            os.setsid()
            limit(setup, processes)
            confine(setup)
            if setup.judge is not None:
                supervise(setup)
            _execute(setup)
        except BaseException as error:
            # Whatever it is: nothing of it may get back into the keeper's own code.
            print(f"sandbox: {error}", file=sys.stderr, flush=True)
        os._exit(126)

    keep(setup, report, code, alone=alone)


def _execute(setup: Setup) -> None:
    forbid_signals(setup)
    if not ON_LINUX:
        _forbid_processes()
    os.execve(setup.command[0], setup.command, setup.environment)


def _forbid_processes() -> None:
    from .supervisor import forbid_processes

    forbid_processes()


def _write(setup: Setup, files: dict[str, bytes]) -> None:
    """Write the files under test into the working directory, as the user who will run them."""
    os.umask(0o022)
    os.chdir(setup.directory)
    os.makedirs("tmp", mode=0o700, exist_ok=True)  # noqa: PTH103 -- no pathlib in here: 10 ms
    for name, content in files.items():
        parent = os.path.dirname(name)  # noqa: PTH120
        if parent:
            os.makedirs(parent, exist_ok=True)  # noqa: PTH103
        with open(name, "xb") as file:  # noqa: PTH123
            file.write(content)


def _busy(setup: Setup) -> int:
    """Return how many processes and threads of this user the kernel counts already.

    None do where the user is one that nothing else uses, or has a namespace of its own, in which
    Linux counts from 0 since 5.14.
    """
    if not ON_LINUX or setup.user is not None:
        return 0
    if not setup.landlock and _kernel() >= (5, 14):
        return 0
    total = 0
    for name in filter(str.isdigit, os.listdir("/proc")):  # noqa: PTH208
        try:
            if os.stat(f"/proc/{name}").st_uid == os.getuid():  # noqa: PTH116
                total += len(os.listdir(f"/proc/{name}/task"))  # noqa: PTH208
        except OSError:
            continue  # It has ended meanwhile.
    return total


def _kernel() -> tuple[int, ...]:
    return tuple(int(part) for part in os.uname().release.split(".")[:2])


if __name__ == "__main__":
    main()
