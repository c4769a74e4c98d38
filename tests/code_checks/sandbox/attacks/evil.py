"""What the attacks share: what they know about the machine, and how they say that it worked."""

from __future__ import annotations

import ctypes
import json
import os
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

facts: dict[str, Any] = json.loads(Path("facts.json").read_text())
"""What a well-informed attacker would know: addresses, paths, process numbers."""

parent = int(os.environ.get("PARENT", os.getppid()))
"""Who started the attack: in a sandbox the keeper."""

own = {os.getpid(), os.getppid()} if "PARENT" in os.environ else {os.getpid()}
"""The attack's own processes: getting at them is no art."""

libc = ctypes.CDLL(None, use_errno=True)


def escaped(evidence: object) -> None:
    """Say that the attack worked, and what it got."""
    print(f"ESCAPED {evidence}", flush=True)


def escaped_if_any(attempts: Iterable[Callable[[], object]]) -> None:
    """Make every attempt; one that raises no OSError and returns something has worked."""
    for attempt in attempts:
        try:
            evidence = attempt()
        except OSError as error:
            print(f"blocked: {error}", flush=True)
            continue
        if evidence is not None:
            escaped(evidence)


def system_call(x86_64: int, arm64: int, *arguments: object) -> int:
    """Make a system call; OSError if it is refused."""
    number = x86_64 if os.uname().machine == "x86_64" else arm64
    return checked(libc.syscall(ctypes.c_long(number), *arguments))


def checked(result: int) -> int:
    """Return a C function's result; OSError if it is negative."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def children(count: int, task: Callable[[int], object]) -> int:
    """Start so many children that do this and then wait; return how many could be started."""
    started = 0
    for number in range(count):
        try:
            child = os.fork()
        except OSError as error:
            print(f"blocked: {error}", flush=True)
            break
        if child == 0:
            try:
                task(number)
                time.sleep(20)
            finally:
                os._exit(0)
        started += 1
    return started


def outlive(then: Callable[[], object] = lambda: None) -> None:
    """Go on for half a minute, under a name that is looked for when the sandbox has ended."""
    then()
    os.execv(sys.executable, [sys.executable, "-c", "import time; time.sleep(30)", facts["mark"]])
