"""Puts together how a sandbox is started, by whichever mechanism."""

from __future__ import annotations

import contextlib
import os
import platform
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from code_checks.sandbox import bubblewrap, seatbelt
from code_checks.sandbox.inside import launcher
from code_checks.sandbox.inside.hardening import busy
from code_checks.sandbox.inside.landlock import SCOPES
from code_checks.sandbox.inside.setup import Setup, encode_setup
from code_checks.sandbox.interpreter import (
    Interpreter,
    interpreter_for,
    running_interpreter,
    unprivileged_user,
)
from code_checks.sandbox.level import Level, Mechanism, SandboxUnavailable
from code_checks.sandbox.limits import Limits

HARNESS = Path(launcher.__file__).resolve().parents[1]
"""The folder whose package `inside` sets a sandbox up.

Importing its launcher has a second effect: every module there is compiled now, where the result
can be kept, and not in each sandbox, where it cannot.
"""

_BOOTSTRAP = "import sys; sys.path.insert(0, {!r}); from inside.launcher import main; main()"
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc/ld.so.cache",
           "/etc/alternatives")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Started:
    """How a sandbox is started."""

    arguments: list[str]
    """The command line."""
    message: bytes
    """What it reads first: its setup, and the files."""
    environment: dict[str, str]
    """The variables that it is started with, all of them."""


@dataclass(frozen=True, slots=True)
class SandboxOrder:
    """What is wanted of a sandbox."""

    command: Sequence[str]
    """The full path of a program and its arguments; empty where `judge` is given."""
    files: Mapping[str, bytes | str]
    """Copies of these lie in the working directory: relative name to content."""
    limits: Limits
    environment: Mapping[str, str]
    """Variables besides the minimal environment."""
    read_only: Sequence[Path]
    """Directories that the code may read besides /usr and the interpreter."""
    judge: dict[str, object] | None = None
    """The instructions of a supervisor that runs instead of a command."""


@contextlib.contextmanager
def prepared(order: SandboxOrder, level: Level, report: int) -> Iterator[Started]:
    """Yield how to start it; afterwards, when it is over, remove what it needed on disk."""
    files = {checked(name): _bytes(content) for name, content in order.files.items()}
    user = unprivileged_user()
    with _directory(level, user) as directory:
        interpreter = _interpreter(level, user)
        environment = _environment(directory, order.environment)
        setup = _setup(order, level, user, directory, environment, interpreter, files)
        yield Started(
            _arguments(order, level, user, directory, interpreter, report),
            encode_setup(setup, list(files.values())),
            environment,
        )


def checked(name: str) -> str:
    """Return a relative file name; ValueError for one that would leave the directory."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts or "\0" in name:
        raise ValueError(f"not a file name inside a directory: {name!r}")
    return str(path)


def _bytes(content: bytes | str) -> bytes:
    return content.encode() if isinstance(content, str) else content


def _directory(level: Level, user: int | None) -> AbstractContextManager[str]:
    if level.mechanism is Mechanism.BUBBLEWRAP:
        return contextlib.nullcontext(bubblewrap.DIRECTORY)
    return _on_disk(user)


@contextlib.contextmanager
def _on_disk(user: int | None) -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="coterie-", ignore_cleanup_errors=True) as directory:
        path = os.path.realpath(directory)
        if user is not None:
            os.chown(path, user, user)
        yield path


def _interpreter(level: Level, user: int | None) -> Interpreter:
    if level.mechanism is Mechanism.BUBBLEWRAP:
        return running_interpreter()  # Root makes the mounts, so it need not be open to others.
    interpreter = interpreter_for(user)
    if interpreter is None:
        raise SandboxUnavailable("no Python that an unprivileged user can read")
    return interpreter


def _environment(directory: str, more: Mapping[str, str]) -> dict[str, str]:
    """Return everything that the code gets to see of the environment, and that we add to it."""
    return {
        "PATH": "/usr/bin:/bin", "HOME": directory, "TMPDIR": f"{directory}/tmp",
        "LANG": "C.UTF-8", "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1",
        "OPENSSL_CONF": "/dev/null",  # Node gives up on one that it may not read
        **more,
    }  # fmt: skip


def _setup(
    order: SandboxOrder, level: Level, user: int | None, directory: str,
    environment: dict[str, str], interpreter: Interpreter, files: Mapping[str, bytes],
) -> Setup:  # fmt: skip
    limits = order.limits
    bubblewrapped = level.mechanism is Mechanism.BUBBLEWRAP
    readable = [*_SYSTEM, str(HARNESS / "inside"), *map(str, order.read_only)]
    return Setup(
        directory=directory,
        user=user,
        landlock=level.landlock if level.mechanism is Mechanism.LANDLOCK else 0,
        namespaces=level.namespaces,
        disks=[directory, bubblewrap.SHARED_MEMORY] if bubblewrapped else [directory],
        confine_signals=level.landlock >= SCOPES,
        readable=[*readable, interpreter.prefix] if interpreter.prefix else readable,
        cpu_seconds=limits.cpu_seconds,
        address_space=limits.address_space,
        processes=limits.processes,
        busy=0 if user is not None else _busy(level),
        open_files=limits.open_files,
        file_bytes=_file_bytes(limits, level),
        disk_bytes=limits.disk_bytes,
        disk_files=limits.files,
        environment=environment,
        command=list(order.command),
        judge=order.judge,
        files={name: len(content) for name, content in files.items()},
    )


def _file_bytes(limits: Limits, level: Level) -> int:
    """Return how large one file may be.

    Landlock's working directory may be on the user's own disk, where files that were deleted
    while they are open cannot be found and counted: those of one process fit the limit then.
    """
    if level.mechanism is Mechanism.BUBBLEWRAP:
        return limits.file_bytes
    return min(limits.file_bytes, limits.disk_bytes // limits.open_files)


def _busy(level: Level) -> int:
    """Return how many of this user's processes count: since Linux 5.14 none from outside."""
    if platform.system() != "Linux":
        return 0
    release = tuple(int(part) for part in platform.release().split("-")[0].split(".")[:2])
    counts_apart = level.mechanism is Mechanism.BUBBLEWRAP and release >= (5, 14)
    return 0 if counts_apart else busy(os.getuid())


def _arguments(
    order: SandboxOrder, level: Level, user: int | None, directory: str, interpreter: Interpreter,
    report: int,
) -> list[str]:  # fmt: skip
    inner = bubblewrap.HARNESS if level.mechanism is Mechanism.BUBBLEWRAP else str(HARNESS)
    # No site, no user's packages, no directory of the code in the path of modules.
    python = [interpreter.executable, "-s", "-S", "-P", "-c", _BOOTSTRAP.format(inner), str(report)]
    readable = [*map(str, order.read_only), *([interpreter.prefix] if interpreter.prefix else [])]
    match level.mechanism:
        case Mechanism.BUBBLEWRAP:
            harness = str(HARNESS / "inside")
            return [*bubblewrap.arguments(order.limits, harness, readable, user), *python]
        case Mechanism.SEATBELT:
            return [*seatbelt.arguments(directory, [*readable, str(HARNESS)]), *python]
        case _:
            return python
