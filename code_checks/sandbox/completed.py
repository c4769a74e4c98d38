"""How a command in a sandbox ended."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class KilledBy(StrEnum):
    """Which limit ended a sandbox before its command did."""

    WALL_TIME = "wall time"
    CPU_TIME = "processor time"
    MEMORY = "memory"
    DISK = "disk"
    OUTPUT = "output"
    CANCELLED = "cancelled"
    ITSELF = "its own end: what watches over it died"


@dataclass(frozen=True, slots=True)
class Completed:
    """What is left of a run.

    `status` is the exit status, negative for the signal that ended the command, and None where
    the sandbox was killed (`killed_by` says why). `stdout` and `stderr` are cut at the limit;
    `seconds` include starting the sandbox.
    """

    status: int | None
    stdout: bytes
    stderr: bytes
    killed_by: KilledBy | None
    seconds: float

    @property
    def timed_out(self) -> bool:
        """Whether time, on the wall or of the processor, ran out."""
        return self.killed_by in {KilledBy.WALL_TIME, KilledBy.CPU_TIME}

    @property
    def succeeded(self) -> bool:
        """Whether the command ended by itself, with status 0."""
        return self.status == 0
