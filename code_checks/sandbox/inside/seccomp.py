"""Turns the table of denied system calls into a filter program for the kernel.

A filter is a small program in classic BPF that the kernel runs on the number and the arguments of
every system call: the manual page seccomp(2), and Documentation/userspace-api/seccomp_filter.rst
in the kernel's sources. It is inherited by every child and cannot be taken off.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Iterator

from .system_calls import ENOSYS, FIRST_UNKNOWN, Rule

_LOAD, _AND, _JUMP, _IF_EQUAL, _IF_AT_LEAST, _RETURN = 0x20, 0x54, 0x05, 0x15, 0x35, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16  # offsets in `struct seccomp_data`
_ALLOW, _FAIL, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}


def supported() -> bool:
    """Whether the table has the numbers of this machine's system calls."""
    return os.uname().machine in _AUDIT


def compile_filter(rules: Iterable[Rule], machine: str) -> bytes:
    """Return the program that denies what the rules say, on a machine as `os.uname` names it.

    Calls in another architecture's numbering, which the rules would misread, end the process.
    """
    program = [
        _instruction(_LOAD, _ARCHITECTURE),
        _instruction(_IF_EQUAL, _AUDIT[machine], 1, 0),
        _instruction(_RETURN, _KILL),
        _instruction(_LOAD, _NUMBER),
        _instruction(_IF_AT_LEAST, FIRST_UNKNOWN, 0, 1),
        _instruction(_RETURN, _FAIL | ENOSYS),
    ]
    for rule in rules:
        number = rule.x86_64 if machine == "x86_64" else rule.arm64
        if number is not None:
            block = list(_block(rule))
            program += [_instruction(_IF_EQUAL, number, 0, len(block)), *block]
    return b"".join((*program, _instruction(_RETURN, _ALLOW)))


def _block(rule: Rule) -> Iterator[bytes]:
    """Yield what is done on a rule's system call."""
    if rule.argument is None:
        yield _instruction(_RETURN, _FAIL | rule.error)
        return
    # Both machines are little-endian: the lower half of an argument comes first.
    yield _instruction(_LOAD, _ARGUMENTS + 8 * rule.argument)
    yield _instruction(_AND, rule.mask)
    hits = len(rule.values)
    for index, value in enumerate(rule.values):
        yield _instruction(_IF_EQUAL, value, hits - index, 0)
    fail, go_on = _instruction(_RETURN, _FAIL | rule.error), _instruction(_LOAD, _NUMBER)
    if rule.unless:
        yield fail
        # Another rule may have something to say about the same call: its number is loaded again.
        yield go_on
        return
    yield _instruction(_JUMP, 1)
    yield fail
    yield go_on


def _instruction(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)
