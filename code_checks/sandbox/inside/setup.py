"""What a sandbox is told before anything runs in it."""

from __future__ import annotations

import json
import os
import struct
from typing import NamedTuple


class Setup(NamedTuple):
    """One sandbox, as plain data."""

    directory: str
    """The working directory."""
    user: int | None
    """The number of the user to become; None to stay who one is."""
    landlock: int
    """The version of Landlock that closes the files outside; 0 where namespaces did so before."""
    namespaces: bool
    """Whether Landlock tries to get namespaces on top."""
    confine_signals: bool
    """Whether the kernel keeps signals within the sandbox."""
    disks: list[str]
    """The directories that can be written."""
    readable: list[str]
    """What Landlock leaves open outside the working directory."""
    cpu_seconds: int
    """Processor time of one process; this and the bounds below are those of `Limits`."""
    address_space: int | None
    """Bytes of one process; None for no bound."""
    processes: int
    """Processes and threads of the sandbox, all together."""
    busy: int
    """How many processes of the user count before any of the sandbox's does; 0 if it gets a
    namespace of its own."""
    open_files: int
    """Of one process."""
    file_bytes: int
    """The largest file that a process may write."""
    disk_bytes: int
    """How much the working directory may hold."""
    disk_files: int
    """How many files and folders it may hold."""
    environment: dict[str, str]
    """All of it."""
    command: list[str]
    """What runs, unless there is something to judge."""
    judge: dict[str, object] | None
    """The instructions of the supervisor that runs instead."""
    files: dict[str, int]
    """The sizes of the files that follow this message, by name."""


def encode_setup(setup: Setup, contents: list[bytes]) -> bytes:
    """Return the message that `receive` reads: the setup, then the contents of its files."""
    text = json.dumps(setup._asdict()).encode()
    return b"".join((struct.pack("=Q", len(text)), text, *contents))


def receive(source: int) -> tuple[Setup, dict[str, bytes]]:
    """Read a setup and its files from a descriptor, and not one byte of what follows them."""
    (size,) = struct.unpack("=Q", _exactly(source, 8))
    setup = Setup(**json.loads(_exactly(source, size)))
    return setup, {name: _exactly(source, length) for name, length in setup.files.items()}


def _exactly(source: int, size: int) -> bytes:
    parts = []
    while size:
        part = os.read(source, min(size, 1 << 20))
        if not part:
            raise EOFError("the setup of the sandbox ends too soon")
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
