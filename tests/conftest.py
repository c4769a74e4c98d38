"""What every test gets: no settings, caches or models of the user's, and nothing left running."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import uuid
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.processes import outliving
from tests.tools import require

MARK = ("COTERIE_TEST_SESSION", str(uuid.uuid4()))
"""A variable of the environment that only what this test session starts inherits."""

LIMIT_S = 240
"""After how many seconds a test counts as hanging: slack, not a measurement."""


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test that needs what this machine lacks, before anything is made for it."""
    for mark in item.iter_markers("needs"):
        for name in mark.args:
            require(name)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Fail a test that hangs, so that the run goes on and says which one it was."""

    def give_up(*_: object) -> None:
        raise TimeoutError(f"{item.nodeid} hangs")

    signal.signal(signal.SIGALRM, give_up)
    signal.alarm(LIMIT_S)
    try:
        return (yield)
    finally:
        signal.alarm(0)


@pytest.fixture(scope="session", autouse=True)
def _alone() -> Iterator[None]:
    """Give the session directories of its own, and fail it if a process outlives it."""
    # A short path: the name of a socket may have 107 bytes only.
    with (
        tempfile.TemporaryDirectory(prefix="coterie-") as home,
        pytest.MonkeyPatch.context() as env,
    ):
        env.setenv(*MARK)
        env.delenv("COTERIE_CONFIG", raising=False)
        for kind in ("CONFIG", "CACHE", "DATA", "STATE", "RUNTIME"):
            directory = Path(home, kind.lower())
            directory.mkdir(mode=0o700)
            env.setenv(f"XDG_{kind}_{'DIR' if kind == 'RUNTIME' else 'HOME'}", str(directory))
        yield
        left = outliving("=".join(MARK))
    assert left == [], "processes outlive the tests"


@pytest.fixture(autouse=True)
def _nothing_learned() -> Iterator[None]:
    """Forget what became of suggestions in a test: the next one's server would learn from it."""
    yield
    data = os.environ.get("XDG_DATA_HOME")
    if data:
        shutil.rmtree(Path(data, "coterie"), ignore_errors=True)


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return Path(__file__).resolve().parent.parent
