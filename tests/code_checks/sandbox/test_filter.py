"""The system call filter, on every architecture: the program is run here, as the kernel would."""

from __future__ import annotations

import os
import struct

import pytest

from code_checks.sandbox.inside.seccomp import compile_filter, supported
from code_checks.sandbox.inside.system_calls import (
    BESIDE_LANDLOCK,
    BESIDE_NAMESPACES,
    SIGNALS,
    Rule,
)

ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
ALLOW, FAIL, KILL = 0x7FFF0000, 0x00050000, 0x80000000
EPERM, ENOSYS = 1, 38

CALLS = {
    "read": (0, 63), "openat": (257, 56), "socket": (41, 198), "socketpair": (53, 199),
    "clone": (56, 220), "clone3": (435, 435), "ptrace": (101, 117), "ioctl": (16, 29),
    "kill": (62, 129), "fcntl": (72, 25), "chmod": (90, None), "fchmodat": (268, 53),
    "unshare": (272, 97), "io_uring_setup": (425, 425), "keyctl": (250, 219),
    "prlimit64": (302, 261), "connect": (42, 203), "process_vm_writev": (311, 271),
    "seccomp": (317, 277), "landlock_restrict_self": (446, 446), "execve": (59, 221),
    "kexec_load": (246, 104), "getpid": (39, 172), "x32": (0x40000027, 0x40000027),
    "unknown": (470, 470), "mseal": (462, 462),
}  # fmt: skip
"""Numbers as the kernel's own headers give them, written down a second time."""

NAMESPACES, LANDLOCK, BARE = "namespaces", "landlock", "signals"
TABLES = {NAMESPACES: BESIDE_NAMESPACES, LANDLOCK: BESIDE_LANDLOCK, BARE: SIGNALS}
CASES = [
    (NAMESPACES, "read", (), ALLOW),
    (NAMESPACES, "openat", (), ALLOW),
    (NAMESPACES, "execve", (), ALLOW),
    (NAMESPACES, "getpid", (), ALLOW),
    (NAMESPACES, "seccomp", (), ALLOW),
    (NAMESPACES, "landlock_restrict_self", (), ALLOW),
    (NAMESPACES, "mseal", (), ALLOW),
    (NAMESPACES, "unknown", (), FAIL | ENOSYS),
    (NAMESPACES, "x32", (), FAIL | ENOSYS),
    (NAMESPACES, "ptrace", (), FAIL | EPERM),
    (NAMESPACES, "unshare", (), FAIL | EPERM),
    (NAMESPACES, "keyctl", (), FAIL | EPERM),
    (NAMESPACES, "kexec_load", (), FAIL | EPERM),
    (NAMESPACES, "io_uring_setup", (), FAIL | EPERM),
    (NAMESPACES, "process_vm_writev", (), FAIL | EPERM),
    (NAMESPACES, "clone3", (), FAIL | ENOSYS),
    (NAMESPACES, "clone", (17,), ALLOW),
    (NAMESPACES, "clone", (0x3D0F00,), ALLOW),
    (NAMESPACES, "clone", (0x10000011,), FAIL | EPERM),
    (NAMESPACES, "clone", (0x40000011,), FAIL | EPERM),
    (NAMESPACES, "clone", (0x02000011,), FAIL | EPERM),
    (NAMESPACES, "clone", (0x20011,), FAIL | EPERM),
    (NAMESPACES, "socket", (1,), ALLOW),
    (NAMESPACES, "socket", (2,), ALLOW),
    (NAMESPACES, "socket", (10,), ALLOW),
    (NAMESPACES, "socket", (16,), FAIL | EPERM),
    (NAMESPACES, "socket", (17,), FAIL | EPERM),
    (NAMESPACES, "socket", (40,), FAIL | EPERM),
    (NAMESPACES, "socketpair", (1, 1), ALLOW),
    (NAMESPACES, "socketpair", (30, 1), FAIL | EPERM),
    (NAMESPACES, "ioctl", (0, 0x5401), ALLOW),
    (NAMESPACES, "ioctl", (0, 0x5412), FAIL | EPERM),
    (NAMESPACES, "ioctl", (0, 0xFFFFFFFF_00005412), FAIL | EPERM),
    (NAMESPACES, "kill", (), ALLOW),
    (NAMESPACES, "fchmodat", (), ALLOW),
    (NAMESPACES, "prlimit64", (7,), ALLOW),
    (LANDLOCK, "read", (), ALLOW),
    (LANDLOCK, "ptrace", (), FAIL | EPERM),
    (LANDLOCK, "chmod", (), FAIL | EPERM),
    (LANDLOCK, "fchmodat", (), FAIL | EPERM),
    (LANDLOCK, "socket", (1,), FAIL | EPERM),
    (LANDLOCK, "socket", (2,), FAIL | EPERM),
    (LANDLOCK, "connect", (), FAIL | EPERM),
    (LANDLOCK, "socketpair", (1, 1), ALLOW),
    (LANDLOCK, "socketpair", (1, 0x80801), ALLOW),
    (LANDLOCK, "socketpair", (1, 2), FAIL | EPERM),
    (LANDLOCK, "socketpair", (2, 1), FAIL | EPERM),
    (LANDLOCK, "prlimit64", (0,), ALLOW),
    (LANDLOCK, "prlimit64", (7,), FAIL | EPERM),
    (LANDLOCK, "ioctl", (0, 0x40086602), FAIL | EPERM),
    (LANDLOCK, "ioctl", (0, 0x5412), FAIL | EPERM),
    (BARE, "read", (), ALLOW),
    (BARE, "kill", (), FAIL | EPERM),
    (BARE, "fcntl", (3, 1), ALLOW),
    (BARE, "fcntl", (3, 8), FAIL | EPERM),
    (BARE, "fcntl", (3, 10), FAIL | EPERM),
]


def decide(program: bytes, architecture: int, number: int, arguments: tuple[int, ...]) -> int:
    """Run a filter on one system call, as seccomp(2) describes it."""
    padded = [*arguments, *[0] * (6 - len(arguments))]
    data = struct.pack("<IIQ6Q", number, architecture, 0, *padded)
    code = list(struct.iter_unpack("<HBBI", program))
    accumulator, at = 0, 0
    while True:
        operation, if_true, if_false, value = code[at]
        at += 1
        match operation:
            case 0x20:
                (accumulator,) = struct.unpack_from("<I", data, value)
            case 0x54:
                accumulator &= value
            case 0x05:
                at += value
            case 0x15:
                at += if_true if accumulator == value else if_false
            case 0x35:
                at += if_true if accumulator >= value else if_false
            case 0x06:
                return int(value)
            case _:
                raise AssertionError(f"unknown instruction {operation:#x}")


def number_of(call: str, machine: str) -> int | None:
    """Return a call's number on an architecture, None where it does not exist."""
    return CALLS[call][list(ARCHITECTURES).index(machine)]


@pytest.mark.parametrize(
    ("machine", "table", "call", "arguments", "expected"),
    [
        (machine, *case)
        for machine in ARCHITECTURES
        for case in CASES
        if number_of(case[1], machine) is not None
    ],
)
def test_a_call_is_allowed_or_denied(
    machine: str, table: str, call: str, arguments: tuple[int, ...], expected: int
) -> None:
    number = number_of(call, machine)
    assert number is not None
    program = compile_filter(TABLES[table], machine)
    assert decide(program, ARCHITECTURES[machine], number, arguments) == expected


@pytest.mark.parametrize("machine", ARCHITECTURES)
@pytest.mark.parametrize("table", TABLES)
def test_another_numbering_ends_the_process(machine: str, table: str) -> None:
    program = compile_filter(TABLES[table], machine)
    others = {*ARCHITECTURES.values(), 0x40000003} - {ARCHITECTURES[machine]}
    assert {decide(program, other, 0, ()) for other in others} == {KILL}
    # The kernel takes 4,096 instructions, and jumps over 255 at most.
    assert len(program) // 8 < 4096


@pytest.mark.parametrize("machine", ["x86_64", "arm64"])
def test_no_number_means_two_things(machine: str) -> None:
    numbers: dict[int, list[Rule]] = {}
    for rule in {*BESIDE_NAMESPACES, *BESIDE_LANDLOCK, *SIGNALS}:
        number = getattr(rule, machine)
        if number is not None:
            numbers.setdefault(number, []).append(rule)
    # One call may have several rules, about its arguments; it has the same two numbers in each.
    wrong = {
        number: rules
        for number, rules in numbers.items()
        if len({(rule.x86_64, rule.arm64) for rule in rules}) > 1
    }
    assert wrong == {}


def test_this_machine_is_known_or_refused() -> None:
    assert supported() is (os.uname().machine in ARCHITECTURES)
