"""How much the code in a sandbox may use."""

from __future__ import annotations

from dataclasses import dataclass

MEBIBYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one sandbox; whatever crosses one is refused, or the whole sandbox is killed.

    Per process, and kept by the kernel: `cpu_seconds`, `address_space` (bytes; None for runtimes
    that reserve far more than they use: Node, Go and the JVM have heap flags of their own),
    `file_bytes` (the largest file) and `open_files`. Kept by the kernel for all together:
    `processes` (threads count as well). Watched every 50 ms, so that a short excess is possible:
    `memory` (resident bytes of all processes), `disk_bytes` and `files` (what the working
    directory holds; where it is a file system of its own, the kernel keeps `disk_bytes`).
    `output_bytes` holds for standard output and for standard error.
    """

    wall_seconds: float = 10.0
    cpu_seconds: int = 10
    address_space: int | None = 512 * MEBIBYTE
    memory: int = 1024 * MEBIBYTE
    processes: int = 32
    open_files: int = 64
    file_bytes: int = 16 * MEBIBYTE
    disk_bytes: int = 64 * MEBIBYTE
    files: int = 4096
    output_bytes: int = MEBIBYTE


@dataclass(frozen=True, slots=True)
class JudgeLimits:
    """Bounds of judging the candidates for one hole.

    A test may use `test_cpu_seconds` of computing and `test_seconds` of waiting, a candidate with
    all of its tests `candidate_seconds`. `sandbox` holds for each sandbox that is started; where
    its `wall_seconds` end first, what has not been judged is NOT_RUN.
    """

    test_cpu_seconds: int = 1
    test_seconds: float = 3.0
    candidate_seconds: float = 5.0
    sandbox: Limits = Limits(wall_seconds=30.0, cpu_seconds=30)


DEFAULT_LIMITS = Limits()
DEFAULT_JUDGE_LIMITS = JudgeLimits()
