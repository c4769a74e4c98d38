"""Landlock: a process gives up the right to open files, and its children inherit that.

The kernel's interface is in Documentation/userspace-api/landlock.rst of its sources; the calls
have the same numbers on every architecture. What a kernel can restrict grows with its version of
the interface ("ABI"): 3 (Linux 6.2) knows truncation, 4 (6.7) TCP, 5 (6.10) ioctl on devices,
6 (6.12) signals and abstract sockets.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import struct
from collections.abc import Iterable

from . import libc

_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446
_ASK_VERSION = 1
_RULE_PATH = 1

LEAST = 3
"""Below this version a file can be emptied that may not be written."""
SCOPES = 6
"""From this version on signals can be confined."""

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIRECTORY = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_TRUNCATE, _IOCTL_DEVICE = 1 << 14, 1 << 15
_ALL_OF_VERSION_3 = (1 << 15) - 1
_ALL_NETWORK = 0b11  # binding and connecting TCP
_ALL_SCOPES = 0b11  # abstract sockets, signals

_READ = _EXECUTE | _READ_FILE | _READ_DIRECTORY
_READ_ONE = _EXECUTE | _READ_FILE
_WRITE_ONE = _READ_FILE | _WRITE_FILE | _TRUNCATE
_EVERYTHING_IN_A_DIRECTORY = _ALL_OF_VERSION_3


def version() -> int:
    """Return the version of Landlock that this kernel has, 0 without it."""
    try:
        return libc.syscall(_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(_ASK_VERSION))
    except OSError:
        return 0


def confine_files(readable: Iterable[str], writable: Iterable[str], abi: int) -> None:
    """Leave only these paths to this process: to read and execute, and to do anything with.

    Device files may be named, too; what does not exist is left out. Sockets for TCP and, where
    the kernel can, signals to other processes are given up as well.
    """
    files = _ALL_OF_VERSION_3 | (_IOCTL_DEVICE if abi >= 5 else 0)
    ruleset = _create(files, _ALL_NETWORK if abi >= 4 else 0, _ALL_SCOPES if abi >= SCOPES else 0)
    for path in readable:
        _allow(ruleset, path, _READ, _READ_ONE)
    for path in writable:
        _allow(ruleset, path, _EVERYTHING_IN_A_DIRECTORY, _WRITE_ONE)
    _restrict(ruleset)


def confine_signals() -> None:
    """Let this process and its children signal each other only; needs version 6."""
    _restrict(_create(0, 0, _ALL_SCOPES))


def _create(files: int, network: int, scopes: int) -> int:
    attributes = struct.pack("=QQQ", files, network, scopes)
    # A kernel accepts a longer structure than its own only if the rest of it is zero.
    return libc.syscall(
        _CREATE, attributes, ctypes.c_size_t(len(attributes)), ctypes.c_uint32(0)
    )  # fmt: skip


def _allow(ruleset: int, path: str, in_directory: int, in_file: int) -> None:
    with contextlib.suppress(FileNotFoundError):
        opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            rights = in_directory if os.path.isdir(path) else in_file
            rule = struct.pack("=Qi", rights, opened)
            libc.syscall(
                _ADD_RULE, ctypes.c_int(ruleset), ctypes.c_int(_RULE_PATH), rule, ctypes.c_uint32(0)
            )
        finally:
            os.close(opened)


def _restrict(ruleset: int) -> None:
    try:
        libc.syscall(_RESTRICT, ctypes.c_int(ruleset), ctypes.c_uint32(0))
    finally:
        os.close(ruleset)
