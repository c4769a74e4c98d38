"""Gives up, step by step, everything that the contained code must not have."""

from __future__ import annotations

import contextlib
import os
import resource
import sys
from typing import NamedTuple

from . import landlock, libc
from .seccomp import compile_filter
from .setup import Setup
from .system_calls import BESIDE_LANDLOCK, BESIDE_NAMESPACES, SIGNALS

ON_LINUX = sys.platform == "linux"

DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")

_NEW_MOUNTS, _NEW_IPC = 0x00020000, 0x08000000
_NEW_USER, _NEW_PROCESSES, _NEW_NETWORK = 0x10000000, 0x20000000, 0x40000000


def become(user: int) -> None:
    """Become an unprivileged user for good: no groups, no way back."""
    os.setgroups([])
    # For root these change the saved numbers, too, on Linux and on macOS.
    os.setgid(user)
    os.setuid(user)
    if {os.getuid(), os.geteuid(), os.getgid(), os.getegid()} != {user}:
        raise PermissionError("could not become an unprivileged user")


class Namespaces(NamedTuple):
    """What was got: processes that end with the first of them, a disk of its own."""

    processes: bool = False
    disk: bool = False


def leave_namespaces(setup: Setup) -> Namespaces:
    """Get empty namespaces for network, IPC, processes and a disk, as far as this user may."""
    wanted = _NEW_MOUNTS | _NEW_IPC | _NEW_PROCESSES | _NEW_NETWORK
    try:
        if os.geteuid() == 0:
            libc.unshare(wanted)
        else:
            user, group = os.geteuid(), os.getegid()
            libc.unshare(wanted | _NEW_USER)
            _map_user(user, group)
    except OSError:
        return Namespaces()
    options = f"mode=1777,size={setup.disk_bytes},nr_inodes={setup.disk_files}"
    try:
        libc.mount_in_memory(setup.directory, options)
    except OSError:
        return Namespaces(processes=True)
    return Namespaces(processes=True, disk=True)


def _map_user(user: int, group: int) -> None:
    for name, line in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"),
                       ("gid_map", f"{group} {group} 1")):  # fmt: skip
        # Unmapped, the user is nobody in there, who has nothing, either.
        with contextlib.suppress(OSError), open(f"/proc/self/{name}", "w") as file:
            file.write(line)


def limit(setup: Setup, processes: int) -> None:
    """Set the limits that the kernel keeps; they cannot be raised again."""
    bounds = {
        "RLIMIT_CPU": setup.cpu_seconds,
        "RLIMIT_FSIZE": setup.file_bytes,
        "RLIMIT_NOFILE": setup.open_files,
        "RLIMIT_NPROC": processes,
        # With 0, a crash would still be given to a program that the kernel starts for it.
        "RLIMIT_CORE": 1 if ON_LINUX else 0,
        "RLIMIT_MSGQUEUE": 0,
        "RLIMIT_SIGPENDING": 1024,
        "RLIMIT_MEMLOCK": 1 << 16,
        "RLIMIT_NICE": 0,
        "RLIMIT_RTPRIO": 0,
    }
    if setup.address_space is not None:
        bounds["RLIMIT_AS"] = setup.address_space
    for name, bound in bounds.items():
        kind = getattr(resource, name, None)
        if kind is not None:
            _lower(kind, bound, extra=name == "RLIMIT_CPU")


def _lower(kind: int, bound: int, *, extra: bool) -> None:
    """Set a limit. The processor's gets a second more before it kills: first comes a signal."""
    _, hard = resource.getrlimit(kind)
    ceiling = bound + 1 if extra else bound
    if hard != resource.RLIM_INFINITY:
        bound, ceiling = min(bound, hard), min(ceiling, hard)
    resource.setrlimit(kind, (bound, ceiling))


def confine(setup: Setup) -> None:
    """Give up files, capabilities and system calls for good. The last step before the code."""
    if not ON_LINUX:
        return
    libc.gain_no_privileges()
    libc.drop_capabilities()
    if setup.landlock:
        writable = (setup.directory, *DEVICES)
        landlock.confine_files(setup.readable, writable, setup.landlock)
    elif setup.confine_signals:
        landlock.confine_signals()
    rules = BESIDE_LANDLOCK if setup.landlock else BESIDE_NAMESPACES
    libc.install_filter(compile_filter(rules, os.uname().machine))


def forbid_signals(setup: Setup) -> None:
    """Keep the code from signaling what surrounds it; the last step in its own process.

    Landlock's scopes nest: after this, not even the supervisor can be signaled. On kernels
    without them no process can be.
    """
    if not ON_LINUX:
        return
    if setup.confine_signals:
        landlock.confine_signals()
    else:
        libc.install_filter(compile_filter(SIGNALS, os.uname().machine))


def busy(user: int) -> int:
    """Return how many processes and threads of a user the kernel counts already."""
    total = 0
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):  # It may have ended meanwhile.
            if os.stat(f"/proc/{name}").st_uid == user:
                total += len(os.listdir(f"/proc/{name}/task"))
    return total
