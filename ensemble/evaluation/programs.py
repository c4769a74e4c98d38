"""Running programs that models wrote, several at a time, away from everything that matters.

What a program may do, and what not even this prevents, is said in `ensemble.evaluation.supervisor`.
"""

from __future__ import annotations

import contextlib
import queue
import select
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from enum import StrEnum
from functools import cache
from pathlib import Path

import msgspec

from ensemble.evaluation.tasks import Task

SECONDS = 5.0
"""How much processor time a program may use."""

_WORKERS = 2
_GRACE = 30.0
"""How many seconds longer than its longest program a supervisor may be silent."""

_ALONE = ("--net", "--pid", "--fork", "--kill-child", "--")
_NAMESPACES = (
    ("unshare", *_ALONE),
    ("unshare", "--user", "--map-current-user", *_ALONE),
)
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "PYTHONHASHSEED": "0"}


class Ending(StrEnum):
    """How a program ended."""

    PASSED = "passed"
    FAILED = "failed"
    TIMEOUT = "timeout"


class _Answer(msgspec.Struct, frozen=True):
    outcome: Ending


class Programs:
    """A few supervisors that run programs side by side, from any thread. Close it in the end."""

    def __init__(self, workers: int = _WORKERS, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._folder = tempfile.TemporaryDirectory(prefix="coterie-", ignore_cleanup_errors=True)
        Path(self._folder.name).chmod(0o777)  # The user nobody writes here.
        self._idle: queue.SimpleQueue[_Supervisor] = queue.SimpleQueue()
        self._supervisors = [_Supervisor(self._folder.name) for _ in range(workers)]
        for supervisor in self._supervisors:
            self._idle.put(supervisor)

    def run(self, program: str) -> Ending:
        """Run one Python program; a program has passed if it came to its end."""
        supervisor = self._idle.get()
        try:
            return supervisor.run(program, self._seconds)
        finally:
            self._idle.put(supervisor)

    def run_test(self, task: Task, texts: Sequence[str]) -> list[bool]:
        """Say of each text whether it passes the task's test; see `scoring.RunTest`."""
        return [self.run(task.program(text)) is Ending.PASSED for text in texts]

    def close(self) -> None:
        """End the supervisors, and everything that they started."""
        for supervisor in self._supervisors:
            supervisor.close()
        self._folder.cleanup()

    def __enter__(self) -> Programs:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Supervisor:
    """One process that runs one program after the other. It is started when first needed."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def run(self, program: str, seconds: float) -> Ending:
        """Run a program. A supervisor that does not survive it has judged it."""
        process = self._process or self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        # A lone surrogate is no text that a file could hold, let alone a program.
        job = {"program": program.encode("utf-8", "replace").decode(), "seconds": seconds}
        line = b""
        with contextlib.suppress(OSError):
            process.stdin.write(msgspec.json.encode(job) + b"\n")
            process.stdin.flush()
            if select.select([process.stdout], [], [], 4 * seconds + _GRACE)[0]:
                line = process.stdout.readline()
        try:
            return msgspec.json.decode(line, type=_Answer).outcome
        except msgspec.MsgspecError:
            self.close()
            return Ending.FAILED

    def close(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()

    def _start(self) -> subprocess.Popen[bytes]:
        script = Path(__file__).with_name("supervisor.py")
        self._process = subprocess.Popen(
            [*namespaces(), sys.executable, "-s", "-S", "-P", str(script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=self._folder,
            env={**_ENVIRONMENT, "TMPDIR": self._folder},
        )
        return self._process


@cache
def namespaces() -> tuple[str, ...]:
    """Return the beginning of a command that takes the network away, () where none works here."""
    for command in _NAMESPACES:
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            probe = subprocess.run([*command, "true"], capture_output=True, timeout=10, check=False)
            if probe.returncode == 0:
                return command
    return ()
