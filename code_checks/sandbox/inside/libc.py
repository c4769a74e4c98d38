"""The few calls of the C library that Python does not have."""

from __future__ import annotations

import ctypes
import os

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_SECCOMP = 22
_PR_SET_CHILD_SUBREAPER = 36
_PR_SET_NO_NEW_PRIVS = 38
_SECCOMP_MODE_FILTER = 2
_MS_NOSUID, _MS_NODEV, _MS_REC, _MS_PRIVATE = 0x2, 0x4, 0x4000, 0x40000
_CAPABILITY_VERSION_3 = 0x20080522

_libc = ctypes.CDLL(None, use_errno=True)


class _Program(ctypes.Structure):
    """`struct sock_fprog`."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def prctl(option: int, value: int = 0, pointer: object = None) -> None:
    """Call prctl(2) with the remaining arguments 0; OSError if it fails."""
    arguments = (ctypes.c_ulong(value), pointer, None, None)
    _raise_if(_libc.prctl(option, *arguments), f"prctl {option}")


def syscall(number: int, *arguments: object) -> int:
    """Make a system call by its number; OSError if it fails."""
    result = int(_libc.syscall(ctypes.c_long(number), *arguments))
    _raise_if(result, f"system call {number}")
    return result


def unshare(flags: int) -> None:
    """Leave namespaces that are shared with others, unshare(2)."""
    _raise_if(_libc.unshare(flags), "unshare")


def mount_in_memory(directory: str, options: str) -> None:
    """Mount an empty file system over a directory, for this mount namespace only."""
    private = ctypes.c_ulong(_MS_REC | _MS_PRIVATE)
    _raise_if(_libc.mount(b"none", b"/", None, private, None), "mount")
    flags = ctypes.c_ulong(_MS_NOSUID | _MS_NODEV)
    done = _libc.mount(b"tmpfs", directory.encode(), b"tmpfs", flags, options.encode())
    _raise_if(done, "mount")


def become_unreadable() -> None:
    """Let no process of the same user trace this one, or open its memory or its files."""
    prctl(_PR_SET_DUMPABLE, 0)


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends."""
    prctl(_PR_SET_CHILD_SUBREAPER, 1)


def die_with_parent(signal_number: int) -> None:
    """Ask for a signal when the parent ends; a change of user forgets this again."""
    prctl(_PR_SET_PDEATHSIG, signal_number)


def gain_no_privileges() -> None:
    """Make set-user-id programs ordinary ones, for ever."""
    prctl(_PR_SET_NO_NEW_PRIVS, 1)


def drop_capabilities() -> None:
    """Give up every capability, those in a namespace of one's own included."""
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    nothing = (ctypes.c_uint32 * 6)()
    _raise_if(_libc.capset(header, nothing), "capset")


def install_filter(instructions: bytes) -> None:
    """Install a system call filter, 8 bytes per instruction; filters add up."""
    program = _Program(len(instructions) // 8, instructions)
    prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program))


def _raise_if(result: int, what: str) -> None:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
