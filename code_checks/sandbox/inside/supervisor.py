"""Judges the candidates of one sandbox, one after the other, without running any of their code.

Each candidate gets processes of its own (candidate.py) and a pipe from them. This process alone
decides what comes out of it, keeps the time, counts what is printed, kills everything that was
started, and puts the directory back as it was before the next candidate begins.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
from collections.abc import Iterator, Mapping

from . import libc
from .attempt import nothing_is_left
from .candidate_process import Instructions
from .hardening import ON_LINUX
from .setup import Setup
from .trial import Trial

_COMMON = ("bisect", "collections", "functools", "heapq", "itertools", "math", "operator",
           "string", "typing")  # fmt: skip
"""Imported once here, so that not every candidate has to. None of them has a state."""


def supervise(setup: Setup, files: Mapping[str, bytes]) -> None:
    """Judge every candidate, and write a line of JSON about each to standard output."""
    answers = _keep_output()
    judge = Instructions(**setup.judge)  # type: ignore[arg-type]
    if ON_LINUX:
        libc.become_unreadable()
        libc.adopt_orphans()
    for name in _COMMON:
        __import__(name)
    gc.freeze()
    before = _fingerprint(setup.disks)
    for number, program in enumerate(judge.programs):
        outcomes = Trial(setup, judge, program).outcomes()
        line = json.dumps({"candidate": number, "outcomes": outcomes}) + "\n"
        _write_all(answers, line.encode())
        # If what it has left cannot be taken away, this ends: the others are judged elsewhere.
        if not setup.confine_signals and not nothing_is_left():
            break
        if _fingerprint(setup.disks) != before:
            _empty(setup.disks)
            write_files(setup.directory, files)
            before = _fingerprint(setup.disks)


def write_files(directory: str, files: Mapping[str, bytes]) -> None:
    """Write files into a directory, as the user who will run them."""
    os.umask(0o022)
    os.chdir(directory)
    os.makedirs("tmp", mode=0o700, exist_ok=True)
    for name, content in files.items():
        parent = os.path.dirname(name)
        if parent:
            os.makedirs(parent, exist_ok=True)
        with open(name, "xb") as file:
            file.write(content)


def _keep_output() -> int:
    """Take standard output away, so that no fork has it by chance; return where it is now."""
    answers = os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    os.close(nothing)
    return answers


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def _fingerprint(directories: list[str]) -> list[tuple[object, ...]]:
    """Return what there is. A file's time of change cannot be set by any program."""
    return sorted(entry for directory in directories for entry in _entries(directory))


def _entries(directory: str) -> Iterator[tuple[object, ...]]:
    if not os.path.isdir(directory):
        return
    with os.scandir(directory) as found:
        for entry in found:
            status = entry.stat(follow_symlinks=False)
            if entry.is_dir(follow_symlinks=False):
                yield (entry.path, status.st_mode)
                yield from _entries(entry.path)
            else:
                yield (entry.path, status.st_mode, status.st_ino, status.st_ctime_ns)


def _empty(directories: list[str]) -> None:
    for directory in directories:
        for name in os.listdir(directory):
            remove(os.path.join(directory, name))


def remove(path: str) -> None:
    """Remove a file or a whole directory, whatever its mode."""
    import shutil  # noqa: PLC0415 -- 5 ms that hardly any sandbox needs

    if os.path.isdir(path) and not os.path.islink(path):
        _open_up(path)
        shutil.rmtree(path)
    else:
        os.unlink(path)


def _open_up(directory: str) -> None:
    """Make a directory and those in it removable again; where modes are fixed, they all are."""
    with contextlib.suppress(PermissionError):
        os.chmod(directory, 0o700)
    with os.scandir(directory) as found:
        for entry in found:
            if entry.is_dir(follow_symlinks=False):
                _open_up(entry.path)
