"""Runs programs that models wrote, each in a fork of this process that soon ends.

A script of its own, started with an empty environment and without site packages; it needs nothing
but the standard library. It reads lines of JSON, `{"program": text, "seconds": number}`, and
answers each with one line, `{"outcome": "passed" | "failed" | "timeout"}`. A program has passed if
it ran to its end.

What this covers: a program's processor time, memory, file sizes, number of files and processes (it
may start none), its output (thrown away), its neighbors (each has a folder and a session of its
own) and, started as root, the files and processes of everybody else, because it runs as nobody.
What it does not cover: reading files that anybody may read; the network, unless this process was
started in a namespace without one; a program that looks for the judge in its own process and
forges its own result.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import select
import shutil
import signal
import sys
import tempfile
from importlib import import_module

_NOBODY = 65534
_MEMORY = 1 << 30
_LARGEST_FILE = 1 << 20
_OPEN_FILES = 64
_PATIENCE = 4.0
"""How many times its processor time a program may take by the clock: it may have to wait."""

_OFTEN_IMPORTED = (
    "bisect", "collections", "copy", "datetime", "decimal", "fractions", "functools", "hashlib",
    "heapq", "itertools", "math", "operator", "random", "re", "statistics", "string", "typing",
)  # fmt: skip


def serve() -> None:
    """Answer until the input ends."""
    for name in _OFTEN_IMPORTED:
        import_module(name)  # Once here instead of in every fork.
    if os.geteuid() == 0:
        become_nobody()
    gc.freeze()  # What is shared with the forks stays shared.
    for line in sys.stdin.buffer:
        job = json.loads(line)
        outcome = judge(job["program"], job["seconds"])
        sys.stdout.write(json.dumps({"outcome": outcome}) + "\n")
        sys.stdout.flush()


def become_nobody() -> None:
    """Give root's rights away for good: limits on processes don't hold for root."""
    os.setgroups([])
    os.setgid(_NOBODY)
    os.setuid(_NOBODY)


def judge(program: str, seconds: float) -> str:
    """Run one program to its end, or until it has used up its time."""
    folder = tempfile.mkdtemp()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        run(program, seconds, folder, writer)
    os.close(writer)
    ready, _, _ = select.select([reader], [], [], seconds * _PATIENCE)
    said = os.read(reader, 1) if ready else b""
    os.close(reader)
    try:
        os.killpg(child, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    shutil.rmtree(folder, ignore_errors=True)
    if said:
        return "passed"
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU
    return "timeout" if killed or not ready else "failed"


def run(program: str, seconds: float, folder: str, writer: int) -> None:
    """In the fork: run the program, say so if it got to its end, and vanish."""
    try:
        os.setsid()
        silence()
        os.chdir(folder)
        limit(seconds)
        exec(compile(program, "program", "exec"), {"__name__": "program"})
        os.write(writer, b"y")
    except BaseException:
        os._exit(1)
    os._exit(0)


def silence() -> None:
    """Leave the program no input, and throw its output away."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)


def limit(seconds: float) -> None:
    """Limit what this process may take. What it starts later, nothing, would inherit it."""
    processor = max(1, round(seconds))
    for what, most in (
        (resource.RLIMIT_CPU, processor),
        (resource.RLIMIT_AS, _MEMORY),
        (resource.RLIMIT_FSIZE, _LARGEST_FILE),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = most + 1 if what == resource.RLIMIT_CPU else most
        resource.setrlimit(what, (most, hard))


if __name__ == "__main__":
    serve()
