"""How well code can be contained on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Mechanism(StrEnum):
    """What keeps code apart from the machine."""

    BUBBLEWRAP = "bubblewrap"
    LANDLOCK = "landlock"
    SEATBELT = "sandbox-exec"
    NONE = "none"


class Threat(StrEnum):
    """What code may try; a level says which of these its mechanism contains."""

    READ = "reads files outside"
    WRITE = "writes or changes files outside"
    NETWORK = "reaches a network, or a service of this machine"
    PROCESSES = "reads, signals or traces other processes"
    SURVIVAL = "goes on after its end"
    EXHAUSTION = "uses up memory, disk, processes, output or time"
    KERNEL = "gains privileges, or reaches parts of the kernel that are shared"
    METADATA = "learns which files and processes exist outside, but not what is in them"


HARMFUL = frozenset(Threat) - {Threat.METADATA}
"""What a mechanism has to contain for code to be run at all, unless a caller asks for more."""


@dataclass(frozen=True, slots=True)
class Level:
    """What was found out about this machine."""

    mechanism: Mechanism
    covers: frozenset[Threat] = frozenset()
    """What the mechanism contains."""
    reasons: Mapping[Mechanism, str] = field(default_factory=dict)
    """For each mechanism that was looked at why it cannot be used here, "" for the one that can."""
    landlock: int = 0
    """The version that the kernel has, 0 for none; bubblewrap confines signals with it, too."""
    namespaces: bool = True
    """Whether Landlock tries to get namespaces on top."""
    remedy: str = ""
    """What a person can do where nothing contains code, or nothing proven."""

    @property
    def available(self) -> bool:
        """Whether code can be run here."""
        return self.mechanism is not Mechanism.NONE

    @property
    def detail(self) -> str:
        """One line for people: what is used, what it does not contain, why nothing better."""
        missing = [f"{name}: {reason}" for name, reason in self.reasons.items() if reason]
        parts = [self.mechanism.value if self.available else "nothing contains code here"]
        parts += [f"not contained: code that {t}" for t in Threat if self._leaks(t)]
        return "; ".join(parts + missing)

    def _leaks(self, threat: Threat) -> bool:
        return self.available and threat not in self.covers


class SandboxUnavailable(Exception):
    """Nothing here contains the code: it was not run. A check makes this a SKIP with the text."""
