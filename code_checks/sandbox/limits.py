"""How much the code in a sandbox may use."""

from __future__ import annotations

from dataclasses import dataclass

MEBIBYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one sandbox; whatever crosses one is refused, or the whole sandbox is killed.

    The kernel keeps those of each process and the number of processes. The others are watched,
    every 50 ms, so that a short excess is possible.
    """

    wall_seconds: float = 10.0
    """How long the sandbox may exist."""
    cpu_seconds: int = 10
    """Processor time of one process."""
    address_space: int | None = 512 * MEBIBYTE
    """Bytes of one process; None for runtimes that reserve far more than they use (Node, Go and the
    JVM have heap flags of their own)."""
    memory: int = 1024 * MEBIBYTE
    """Resident bytes of all processes together; watched."""
    processes: int = 32
    """Processes and threads, all together."""
    open_files: int = 64
    """Of one process."""
    file_bytes: int = 16 * MEBIBYTE
    """The largest file that a process may write."""
    disk_bytes: int = 64 * MEBIBYTE
    """What the working directory holds; watched, unless it is a file system of its own."""
    files: int = 4096
    """How many files it holds; watched."""
    output_bytes: int = MEBIBYTE
    """Of standard output, and of standard error; watched."""


@dataclass(frozen=True, slots=True)
class JudgeLimits:
    """Bounds of judging the candidates for one hole."""

    test_cpu_seconds: int = 1
    """Computing, for one test of one candidate."""
    test_seconds: float = 3.0
    """Waiting, for the same."""
    candidate_seconds: float = 5.0
    """Waiting, for one candidate with all of its tests."""
    sandbox: Limits = Limits(wall_seconds=30.0, cpu_seconds=30)
    """Of each sandbox that is started; when its `wall_seconds` end, what has not been judged is
    NOT_RUN."""


DEFAULT_LIMITS = Limits()
DEFAULT_JUDGE_LIMITS = JudgeLimits()
