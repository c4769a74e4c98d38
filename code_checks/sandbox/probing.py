"""Finds out, once, which mechanism works on this machine."""

from __future__ import annotations

import platform
from functools import cache

from code_checks.sandbox import bubblewrap, seatbelt
from code_checks.sandbox.inside import landlock, seccomp
from code_checks.sandbox.interpreter import interpreter_for, unprivileged_user
from code_checks.sandbox.level import Level, Mechanism, SandboxUnavailable, Threat
from code_checks.sandbox.limits import Limits
from code_checks.sandbox.setting_up import SandboxOrder
from code_checks.sandbox.supervise import start

_TRIAL = "sandbox trial"
_EVERYTHING = frozenset(Threat)
_COVERS = {
    # Of seatbelt this is the claim that the attack suite has yet to prove.
    Mechanism.BUBBLEWRAP: _EVERYTHING,
    Mechanism.LANDLOCK: _EVERYTHING - {Threat.METADATA},
    Mechanism.SEATBELT: _EVERYTHING - {Threat.METADATA},
}
_ON = {
    "Linux": (Mechanism.BUBBLEWRAP, Mechanism.LANDLOCK),
    "Darwin": (Mechanism.SEATBELT,),
}
_REMEDIES = {
    "Linux": "Install bubblewrap (Debian, Fedora, Arch: the package `bubblewrap`), or use Linux "
    "6.2 or newer; in a container, allow user namespaces. Until then no code is run.",
    "Darwin": "No tests are run on macOS until the attack suite has passed there; completing goes "
    "on without them. docs/sandbox.md says how a developer tries it.",
}
_UNPROVEN_REMEDY = (
    f"Take {seatbelt.TRY_VARIABLE} out of the environment, unless you are proving sandbox-exec: "
    f"{seatbelt.UNPROVEN}."
)
_NO_REMEDY = "Code is run on Linux and macOS only; on Windows use WSL."


@cache
def probe_sandbox() -> Level:
    """Return the first mechanism that ran a harmless program here; the others' reasons with it.

    Takes about 0.1 s the first time, and is remembered for the life of the process.
    """
    system = platform.system()
    reasons: dict[Mechanism, str] = {}
    for mechanism in _ON.get(system, ()):
        level, reasons[mechanism] = try_mechanism(mechanism)
        if level is not None:
            remedy = _UNPROVEN_REMEDY if mechanism is Mechanism.SEATBELT else ""
            return Level(mechanism, level.covers, reasons, level.landlock, remedy=remedy)
    return Level(Mechanism.NONE, reasons=reasons, remedy=_REMEDIES.get(system, _NO_REMEDY))


def try_mechanism(mechanism: Mechanism) -> tuple[Level | None, str]:
    """Try one mechanism: its level, or None and why it cannot be used."""
    missing = _missing(mechanism)
    if missing:
        return None, missing
    level = Level(mechanism, _COVERS[mechanism], {mechanism: ""}, _landlock_version())
    try:
        _try(level)
    except SandboxUnavailable as error:
        return None, str(error)
    return level, ""


def _missing(mechanism: Mechanism) -> str:
    if mechanism is Mechanism.SEATBELT:
        return seatbelt.missing()
    if not seccomp.supported():
        return f"no system call filter for {platform.machine()}"
    if mechanism is Mechanism.BUBBLEWRAP:
        return bubblewrap.missing()
    version = landlock.version()
    if version < landlock.LEAST:
        return f"the kernel has version {version} of Landlock, and {landlock.LEAST} is needed"
    return ""


def _landlock_version() -> int:
    return landlock.version() if platform.system() == "Linux" else 0


def _try(level: Level) -> None:
    """Run a program that does nothing; SandboxUnavailable says what is in the way."""
    interpreter = interpreter_for(
        None if level.mechanism is Mechanism.BUBBLEWRAP else unprivileged_user()
    )
    if interpreter is None:
        raise SandboxUnavailable("no Python that an unprivileged user can read")
    command = (interpreter.executable, "-s", "-S", "-P", "-c", f"print({_TRIAL!r})")
    done = start(SandboxOrder(command, {}, Limits(wall_seconds=10), {}, ()), level)
    if done.stdout.decode().strip() != _TRIAL:
        text = done.stderr.decode(errors="replace").strip() or f"ended with {done.status}"
        raise SandboxUnavailable(text.splitlines()[-1])
