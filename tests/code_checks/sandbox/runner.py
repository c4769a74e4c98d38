"""Makes attacks on a machine, from inside a sandbox or without one, and reports what came of it.

Runs in throwaway namespaces, where an attack that works does no harm (see test_attacks.py):

    python -m tests.code_checks.sandbox.runner '{"mechanism": …, "user": …, "attacks": [names]}'

A line of JSON for each attack: its name, whether it escaped, and what there is to say about it.
The standard library and the sandbox only: it must run where nothing is installed.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from code_checks.sandbox import Limits, Mechanism, SandboxUnavailable, Threat, run
from code_checks.sandbox.inside import libc
from code_checks.sandbox.interpreter import (
    interpreter_for,
    running_interpreter,
    unprivileged_user,
)
from code_checks.sandbox.level import HARMFUL, Level
from code_checks.sandbox.setting_up import HARNESS
from tests.code_checks.sandbox.arsenal import Attack, attacks, sources
from tests.code_checks.sandbox.machine import SECRET, Machine, raise_loopback
from tests.code_checks.sandbox.settings import level_named

_MEBIBYTE = 1 << 20
_LIMITS = Limits(
    cpu_seconds=1,
    address_space=256 * _MEBIBYTE,
    memory=160 * _MEBIBYTE,
    processes=16,
    file_bytes=_MEBIBYTE,
    disk_bytes=8 * _MEBIBYTE,
    files=400,
    output_bytes=1 << 18,
)
_PATIENCE = 100.0


def main() -> None:
    """Become the user, furnish the machine, attack it."""
    order = json.loads(sys.argv[1])
    if not order.get("ready"):
        _become(order)
    os.environ["COTERIE_SECRET"] = SECRET
    machine = Machine(HARNESS / "inside" / "launcher.py")
    try:
        wanted = [attack for attack in attacks() if attack.name in order["attacks"]]
        if order["mechanism"] == "none":
            for attack in wanted:
                _report(attack, _unprotected(machine, attack), machine)
        else:
            _attack_sandbox(machine, wanted, _level(order["mechanism"]))
    finally:
        machine.close()


def _become(order: dict[str, object]) -> None:
    """Start again as the user that is wanted: only a new program is an ordinary one of theirs."""
    raise_loopback()
    _leave_a_reaper()
    user = order["user"]
    if isinstance(user, int):
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    elif os.geteuid() != 0:
        libc.drop_capabilities()
    again = json.dumps({**order, "ready": True})
    os.execv(sys.executable, [sys.executable, "-m", "tests.code_checks.sandbox.runner", again])


def _leave_a_reaper() -> None:
    """Go on in a child: the first process of a namespace is no example of an ordinary one.

    It gets a high number, which is none of those that processes in a sandbox have.
    """
    with contextlib.suppress(OSError):
        Path("/proc/sys/kernel/ns_last_pid").write_text("30000")
    child = os.fork()
    while child:
        ended, status = os.wait()
        if ended == child:
            raise SystemExit(os.waitstatus_to_exitcode(status))


def _level(name: str) -> Level:
    level, reason = level_named(name)
    if level is None:
        print(json.dumps({"unavailable": reason}), flush=True)
        raise SystemExit(0)
    return level


def _attack_sandbox(machine: Machine, wanted: list[Attack], level: Level) -> None:
    together = [attack for attack in wanted if not attack.alone]
    if together:
        output = _protected(machine, [attack.name for attack in together], level, 60)
        parts = {name: text for name, _, text in map(_parted, output.split("== ")[1:])}
        damage = machine.damage()
        for attack in together:
            _report(attack, parts.get(attack.name, "ESCAPED notice: it was not run"), damage)
    for attack in wanted:
        if attack.alone:
            _report(attack, _protected(machine, [attack.name], level, attack.wall_seconds), machine)
    for attack in wanted:
        if attack.metadata:
            _report_refusal(attack, level)


def _protected(machine: Machine, names: list[str], level: Level, wall_seconds: float) -> str:
    user = None if level.mechanism is Mechanism.BUBBLEWRAP else unprivileged_user()
    python = running_interpreter() if user is None else interpreter_for(user)
    assert python is not None
    module = "tests.code_checks.sandbox.attacks.batch"
    command = [python.executable, "-s", "-S", "-m", module, *names]
    if len(names) == 1:
        command = [
            python.executable,
            "-s",
            "-S",
            "-m",
            f"tests.code_checks.sandbox.attacks.{_dotted(names[0])}",
        ]
    limits = replace(_LIMITS, wall_seconds=wall_seconds)
    if len(names) > 1:
        limits = replace(limits, cpu_seconds=20, wall_seconds=60)
    done = run(command, {**sources(), "facts.json": machine.facts()}, limits=limits, level=level)
    ending = f"\nended: {done.status} {done.killed_by}\n"
    return done.stdout.decode(errors="replace") + ending + _tail(done.stderr)


def _unprotected(machine: Machine, attack: Attack) -> str:
    directory = Path(tempfile.mkdtemp(prefix="coterie-open-", dir=machine.base))
    try:
        for name, text in {**sources(), "facts.json": machine.facts()}.items():
            path = directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        # Into a file: a pipe would be held open by what is left running.
        with (directory / "output").open("w+b") as output:
            subprocess.run(
                [sys.executable, "-s", "-S", "-m", attack.module],
                cwd=directory, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                close_fds=False, timeout=_PATIENCE, check=False,
            )  # fmt: skip
        return (directory / "output").read_text(errors="replace")[-5000:]
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _parted(part: str) -> tuple[str, str, str]:
    return part.partition("\n")


def _dotted(name: str) -> str:
    return name.replace("/", ".")


def _tail(output: bytes) -> str:
    return output.decode(errors="replace")[-600:]


def _report(attack: Attack, output: str, machine: Machine | list[str]) -> None:
    damage = machine.damage() if isinstance(machine, Machine) else machine
    escaped = bool(re.search(rf"^ESCAPED|{SECRET}", output, re.MULTILINE)) or bool(damage)
    line = {"name": attack.name, "escaped": escaped, "damage": damage, "output": output[-1500:]}
    print(json.dumps(line), flush=True)


def _report_refusal(attack: Attack, level: Level) -> None:
    """Say whether code is refused if this has to be contained, where the level leaks it."""
    try:
        run(["/bin/true"], {}, contain=HARMFUL | {Threat.METADATA}, level=level)
        refused = ""
    except SandboxUnavailable as error:
        refused = str(error)
    listed = Threat.METADATA not in level.covers
    print(json.dumps({"name": attack.name, "listed": listed, "refused": refused}), flush=True)


if __name__ == "__main__":
    main()
