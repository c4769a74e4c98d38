"""What code tries in order to get out of a sandbox, and that it fails: a program for each attempt.

Every attack is also made without a sandbox, in throwaway namespaces, where it has to work: an
attack that never works proves nothing. It is made with each mechanism of this machine, by root and
by an ordinary user; where a mechanism does not contain it, it has to say so, and to refuse to run
anything for a caller who needs it contained.
"""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.code_checks.sandbox.arsenal import Attack, attacks
from tests.code_checks.sandbox.settings import IS_ROOT, SETTINGS, number_of, python_of
from tests.tools import require, skip

CONTROL = ("none", "root" if IS_ROOT else "ordinary")

Report = dict[str, dict[str, Any]]


class Battle:
    """All attacks in one setting, made once, by a process of its own."""

    def __init__(self, copy: Path) -> None:
        self._copy = copy
        self._pool = ThreadPoolExecutor(max_workers=3)
        self._lock = threading.Lock()
        self._reports: dict[tuple[str, str], Future[Report]] = {}

    def start(self, mechanism: str, user: str) -> Future[Report]:
        """Begin with the attacks in a setting, unless that has been done."""
        with self._lock:
            if (mechanism, user) not in self._reports:
                self._reports[mechanism, user] = self._pool.submit(self._run, mechanism, user)
            return self._reports[mechanism, user]

    def report(self, mechanism: str, user: str) -> Report:
        """Return what came of them, or skip the test with the reason."""
        report = self.start(mechanism, user).result()
        if "unavailable" in report:
            skip(report["unavailable"]["reason"])
        return report

    def close(self) -> None:
        """Wait for what has begun."""
        self._pool.shutdown()

    def _run(self, mechanism: str, user: str) -> Report:
        python = python_of(user)
        if python is None:
            return {"unavailable": {"reason": "no Python that an ordinary user can read"}}
        order = {
            "mechanism": mechanism,
            "user": number_of(user),
            "attacks": [attack.name for attack in attacks()],
        }
        done = subprocess.run(
            [*throwaway(), python, "-m", "tests.code_checks.sandbox.runner", json.dumps(order)],
            cwd=self._copy, capture_output=True, text=True, check=False, start_new_session=True,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "HOME": "/", "TMPDIR": "/tmp"},
        )  # fmt: skip
        return read(done.stdout, done.stderr)


def read(output: str, errors: str) -> Report:
    """Return the lines of a runner's report by attack."""
    report: Report = {}
    for line in output.splitlines():
        entry = json.loads(line)
        if "unavailable" in entry:
            return {"unavailable": {"reason": entry["unavailable"]}}
        report.setdefault(entry["name"], {}).update(entry)
    assert report, f"the runner said nothing: {errors}"
    return report


def throwaway() -> list[str]:
    """Return the beginning of a command that runs it in namespaces that go away with it."""
    kinds = ["--pid", "--mount", "--net", "--ipc", "--uts"]
    rest = ["--fork", "--kill-child", "--mount-proc"]
    user = [] if IS_ROOT else ["--user", "--map-current-user", "--keep-caps"]
    return ["unshare", *user, *kinds, *rest]


@pytest.fixture(scope="module")
def battle(copy: Path) -> Iterator[Battle]:
    """The attacks; nothing is started where no throwaway namespace can be made."""
    require("unshare")
    tried = subprocess.run([*throwaway(), "true"], capture_output=True, text=True, check=False)
    if tried.returncode:
        skip(f"no throwaway namespaces, so attacks could do harm: {tried.stderr.strip()}")
    found = Battle(copy)
    for setting in (CONTROL, *SETTINGS):
        found.start(*setting)
    yield found
    found.close()


@pytest.mark.parametrize("attack", attacks(), ids=lambda attack: attack.name)
def test_works_without_a_sandbox(battle: Battle, attack: Attack) -> None:
    report = battle.report(*CONTROL)[attack.name]
    if not report["escaped"] and attack.depends:
        skip(f"it needs {attack.depends}")
    if not report["escaped"] and not IS_ROOT:
        print(report["output"])
        skip("an attack that an ordinary user cannot make anyway")
    assert report["escaped"], report


@pytest.mark.parametrize("attack", attacks(), ids=lambda attack: attack.name)
@pytest.mark.parametrize(("mechanism", "user"), SETTINGS)
def test_is_contained(battle: Battle, mechanism: str, user: str, attack: Attack) -> None:
    report = battle.report(mechanism, user)[attack.name]
    if attack.metadata and report["listed"]:
        assert "does not contain code that learns" in report["refused"]
    else:
        assert not report["escaped"], report


def test_there_are_enough() -> None:
    assert len(attacks()) >= 40
