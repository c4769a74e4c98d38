"""What a sandbox is told before anything runs in it."""

from __future__ import annotations

import json
import os
import struct
from typing import NamedTuple


class Setup(NamedTuple):
    """One sandbox, as plain data.

    `user` is the number to become, None to stay who one is. With `landlock` (the version to use)
    the files outside `directory` are closed except for `readable`; without it (0) namespaces
    were made before, with it they are tried for if `namespaces` says so. `disks` are the
    directories that can be written. `processes`, `open_files`
    and so on are those of `Limits`; `busy` processes are counted for the user before any of them,
    unless it gets a namespace of its own. `command` is what
    runs; with `judge` a supervisor runs instead, with these instructions. `files` gives the sizes
    of the files that follow, by name.
    """

    directory: str
    user: int | None
    landlock: int
    namespaces: bool
    confine_signals: bool
    disks: list[str]
    readable: list[str]
    cpu_seconds: int
    address_space: int | None
    processes: int
    busy: int
    open_files: int
    file_bytes: int
    disk_bytes: int
    disk_files: int
    environment: dict[str, str]
    command: list[str]
    judge: dict[str, object] | None
    files: dict[str, int]


def encode(setup: Setup, contents: list[bytes]) -> bytes:
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
