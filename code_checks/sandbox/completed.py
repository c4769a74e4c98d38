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
    """What is left of a run."""

    status: int | None
    """The exit status, negative for the signal that ended the command; None if the sandbox was
    killed."""
    stdout: bytes
    """Cut at the limit, as `stderr` is."""
    stderr: bytes
    killed_by: KilledBy | None
    """Why the sandbox was killed; None if the command ended by itself."""
    seconds: float
    """How long it took, starting the sandbox included."""

    @property
    def timed_out(self) -> bool:
        """Whether time, on the wall or of the processor, ran out."""
        return self.killed_by in {KilledBy.WALL_TIME, KilledBy.CPU_TIME}

    @property
    def succeeded(self) -> bool:
        """Whether the command ended by itself, with status 0."""
        return self.status == 0
