"""The command line of bubblewrap: an empty machine with a read-only /usr."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from code_checks.sandbox.limits import Limits

DIRECTORY = "/work"
"""The working directory, in memory: what the code writes is gone with the sandbox."""
SHARED_MEMORY = "/dev/shm"
"""The other directory that can be written."""
HARNESS = "/coterie"
"""Where the folder `inside` is found."""

_LINKS = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_ALSO = ("/etc/ld.so.cache", "/etc/alternatives")


def missing() -> str:
    """Return why bubblewrap cannot be tried, "" if it can."""
    return "" if shutil.which("bwrap") else "bwrap is not installed"


def arguments(limits: Limits, harness: str, readable: Sequence[str], user: int | None) -> list[str]:
    """Return bubblewrap's part of a command line.

    Root, who can become `user`, makes the mounts as root, so that an interpreter in a closed home
    directory can be shown; nothing but our launcher runs before it is that user. Anybody else
    gets a user namespace.
    """
    command = [
        shutil.which("bwrap") or "bwrap",
        *("--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"),
        *("--unshare-cgroup-try", "--die-with-parent", "--new-session", "--cap-drop", "ALL"),
        *(_become_later() if user is not None else ["--unshare-user"]),
        *("--ro-bind", "/usr", "/usr"),
        *_system(),
        *("--proc", "/proc", "--dev", "/dev"),
        *("--perms", "1777", "--size", str(limits.disk_bytes), "--tmpfs", SHARED_MEMORY),
        *("--perms", "1777", "--size", str(limits.disk_bytes), "--tmpfs", DIRECTORY),
    ]
    for source, path in ((harness, f"{HARNESS}/inside"), *((path, path) for path in readable)):
        command += [*_parents(path), "--ro-bind", source, path]
    if not any(Path(path).is_relative_to("/tmp") for path in readable):
        command += ["--symlink", f"{DIRECTORY}/tmp", "/tmp"]
    # Bubblewrap's own file systems, the root and /dev, have no bounds: nobody may write there.
    return [*command, "--chdir", DIRECTORY, "--remount-ro", "/dev", "--remount-ro", "/"]


def _parents(path: str) -> Iterator[str]:
    """Yield what makes the directories above a path; bubblewrap would close them to others."""
    for parent in reversed(Path(path).parents[:-1]):
        yield from ("--perms", "755", "--dir", str(parent))


def _become_later() -> list[str]:
    return ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]


def _system() -> Iterator[str]:
    """Yield what makes /bin, /lib and the like as they are outside."""
    for name in _LINKS:
        path = Path(name)
        if path.is_symlink():
            yield from ("--symlink", str(path.readlink()), name)
        elif path.is_dir():
            yield from ("--ro-bind", name, name)
    for name in _ALSO:
        if Path(name).exists():
            yield from (*_parents(name), "--ro-bind", name, name)
