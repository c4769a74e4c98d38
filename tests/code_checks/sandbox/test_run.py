"""Running a command: what it gets, what comes back, and how it is ended."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from dataclasses import replace
from pathlib import Path

import pytest

from code_checks.sandbox import (
    HARMFUL,
    KilledBy,
    Level,
    Limits,
    Mechanism,
    SandboxUnavailable,
    Threat,
    cancellable,
    probe_sandbox,
    run,
)
from code_checks.sandbox.interpreter import interpreter_for, unprivileged_user
from tests.code_checks.sandbox.settings import level_named
from tests.processes import PATIENCE_S
from tests.tools import skip

MEBIBYTE = 1 << 20
SLEEP = "import time; time.sleep(99)"


@pytest.fixture(params=["bubblewrap", "landlock", "landlock bare"])
def level(request: pytest.FixtureRequest) -> Level:
    """Each mechanism that works here."""
    found, reason = level_named(request.param)
    if found is None:
        skip(reason)
    return found


def python(code: str, level: Level, *more: str) -> list[str]:
    """Return a command that runs some Python where that level can."""
    hidden = level.mechanism is Mechanism.BUBBLEWRAP
    interpreter = interpreter_for(None if hidden else unprivileged_user())
    assert interpreter is not None
    return [interpreter.executable, "-c", code, *more]


def test_a_command_gets_its_files_and_its_input_and_gives_its_output(level: Level) -> None:
    code = (
        "import sys, pathlib; print(sys.stdin.read(), pathlib.Path('a/ü.txt').read_text());"
        "print(pathlib.Path('b').read_bytes(), file=sys.stderr); sys.exit(3)"
    )
    files: dict[str, bytes | str] = {"a/ü.txt": "Grüße", "b": b"\0\xff"}
    done = run(python(code, level), files, stdin=b"ja" * 100_000, level=level)
    assert done.status == 3
    assert done.stdout.decode() == "ja" * 100_000 + " Grüße\n"
    assert done.stderr == b"b'\\x00\\xff'\n"
    assert done.killed_by is None
    assert not done.succeeded


def test_nobody_has_to_read_the_input(level: Level) -> None:
    done = run(python("print(1)", level), {}, stdin=b"x" * MEBIBYTE, level=level)
    assert (done.status, done.stdout) == (0, b"1\n")


def test_the_environment_is_made_for_it(level: Level, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COTERIE_TEST_SECRET", "secret")
    code = "import os; print(sorted(os.environ), os.getcwd() == os.environ['HOME'])"
    done = run(python(code, level), {}, environment={"GOFLAGS": "-mod=mod"}, level=level)
    names = [
        "GOFLAGS",
        "HOME",
        "LANG",
        "OPENSSL_CONF",
        "PATH",
        "PYTHONDONTWRITEBYTECODE",
        "PYTHONHASHSEED",
    ]
    assert done.stdout.decode() == f"{[*names, 'TMPDIR']} True\n"


def test_a_directory_may_be_shown_read_only(level: Level, tmp_path: Path) -> None:
    shown = tmp_path / "packages"
    shown.mkdir()
    (shown / "colors.py").write_text("red = 1\n")
    for path in (tmp_path, *tmp_path.parents):
        if path.stat().st_uid == os.geteuid() and path != Path("/"):
            path.chmod(path.stat().st_mode | 0o005)
    code = (
        "import sys; sys.path.append(sys.argv[1]); import colors; print(colors.red)\n"
        "open(sys.argv[1] + '/new', 'w')"
    )
    command = python(code, level, str(shown))
    done = run(command, {}, read_only=[shown], level=level)
    assert done.stdout == b"1\n"
    assert done.status == 1
    assert [path.name for path in shown.iterdir()] == ["colors.py"]
    assert b"ModuleNotFoundError" in run(command, {}, level=level).stderr


@pytest.mark.parametrize("name", ["/etc/passwd", "../up", "a/../../up", "", "a\0b"])
def test_files_stay_in_the_directory(name: str) -> None:
    with pytest.raises(ValueError, match="not a file name"):
        run(["/bin/true"], {name: "x"}, level=Level(Mechanism.LANDLOCK, HARMFUL))


def test_a_command_that_is_not_there_is_a_failure_of_the_command(level: Level) -> None:
    done = run(["/usr/bin/no-such-program"], {}, level=level)
    assert done.status == 127
    assert b"No such file" in done.stderr


def test_a_signal_is_a_negative_status(level: Level) -> None:
    done = run(python("import ctypes; ctypes.string_at(0)", level), {}, level=level)
    assert done.status == -signal.SIGSEGV


LIMITS = {
    "wall time": (SLEEP, Limits(wall_seconds=0.5), KilledBy.WALL_TIME),
    "processor": ("while True: pass", Limits(cpu_seconds=1), KilledBy.CPU_TIME),
    "memory": (
        "x = b'x' * (200 << 20); import time; time.sleep(99)",
        Limits(memory=100 * MEBIBYTE),
        KilledBy.MEMORY,
    ),
    "output": (
        "import os\nwhile True: os.write(1, b'x' * 65536)",
        Limits(output_bytes=1000),
        KilledBy.OUTPUT,
    ),
    "errors": (
        "import os\nwhile True: os.write(2, b'x' * 65536)",
        Limits(output_bytes=1000),
        KilledBy.OUTPUT,
    ),
    "files": (
        "import time\nfor i in range(200): open(str(i), 'w').close()\ntime.sleep(99)",
        Limits(files=100),
        KilledBy.DISK,
    ),
}


@pytest.mark.parametrize("name", LIMITS)
def test_a_limit_ends_it_and_is_named(level: Level, name: str) -> None:
    code, limits, expected = LIMITS[name]
    if name == "files" and level.mechanism is Mechanism.LANDLOCK and level.namespaces:
        expected_in_error = b"No space left"  # There the kernel itself refuses.
        done = run(python(code, level), {}, limits=limits, level=level)
        assert done.killed_by is expected or expected_in_error in done.stderr
        return
    done = run(python(code, level), {}, limits=limits, level=level)
    assert done.killed_by is expected
    assert not done.succeeded
    assert done.timed_out is (expected in {KilledBy.WALL_TIME, KilledBy.CPU_TIME})
    assert len(done.stdout) <= limits.output_bytes
    assert len(done.stderr) <= limits.output_bytes


def test_another_thread_can_end_it(level: Level) -> None:
    cancel = threading.Event()
    threading.Timer(0.3, cancel.set).start()
    done = run(python(SLEEP, level), {}, limits=Limits(wall_seconds=60), cancel=cancel, level=level)
    assert (done.status, done.killed_by) == (None, KilledBy.CANCELLED)


async def test_a_cancelled_task_leaves_nothing_behind(level: Level) -> None:
    mark = str(uuid.uuid4())
    command = python(SLEEP, level, mark)
    task = asyncio.create_task(
        cancellable(lambda cancel: run(command, {}, cancel=cancel, level=level))
    )
    while not await asyncio.to_thread(running, mark):
        assert not task.done()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert running(mark) == []


async def test_what_a_thread_returns_or_raises_comes_out() -> None:
    assert await cancellable(lambda cancel: not cancel.is_set())
    with pytest.raises(ZeroDivisionError):
        await cancellable(lambda cancel: 1 // 0)


def test_nothing_survives_the_server(level: Level, root: Path) -> None:
    """Killed with no chance to clean up, it takes its sandboxes with it."""
    mark = str(uuid.uuid4())
    name = level.mechanism.value if level.namespaces else "landlock bare"
    code = (
        "import sys\nfrom code_checks.sandbox import run\n"
        "from tests.code_checks.sandbox.settings import level_named\n"
        f"run({python(SLEEP, level, mark)!r}, {{'a/b': 'c'}}, level=level_named({name!r})[0])"
    )
    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(0o1777)
        environment = {**os.environ, "TMPDIR": directory}
        server = subprocess.Popen([sys.executable, "-c", code], cwd=root, env=environment)
        end(server, mark)
        deadline = time.monotonic() + PATIENCE_S
        while not level.namespaces and list(Path(directory).iterdir()):
            assert time.monotonic() < deadline, "the working directory is still there"
            time.sleep(0.05)
        assert [path for path in Path(directory).rglob("*") if path.is_file()] == []


def end(server: subprocess.Popen[bytes], mark: str) -> None:
    """Kill a server while its code is running, and wait until that has gone."""
    deadline = time.monotonic() + PATIENCE_S
    while not running(mark) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert running(mark)
    server.kill()
    server.wait()
    while running(mark) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert running(mark) == []


def running(mark: str) -> list[str]:
    """Return the living processes with this argument."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if mark.encode() in path.read_bytes().split(b"\0"):
                found.append(path.parent.name)
        except OSError:
            continue
    return found


@pytest.mark.needs("the system's node")
def test_node_runs_with_a_bound_of_its_own(level: Level) -> None:
    node = shutil.which("node")
    assert node is not None
    test = (
        "import test from 'node:test'; import assert from 'node:assert';"
        "import {add} from './add.mjs'; test('adds', () => assert.equal(add(1, 2), 3));"
    )
    files = {"add.mjs": "export const add = (a, b) => a + b;", "add.test.mjs": test}
    limits = Limits(address_space=None, processes=48)
    command = [node, "--max-old-space-size=256", "--test"]
    done = run(command, files, limits=limits, level=level)
    assert done.succeeded, (done.stdout, done.stderr)
    assert b"pass 1" in done.stdout


def test_what_a_mechanism_does_not_contain_is_refused() -> None:
    leaky = Level(Mechanism.LANDLOCK, HARMFUL)
    with pytest.raises(SandboxUnavailable, match="does not contain code that learns which files"):
        run(["/bin/true"], {}, contain=frozenset(Threat), level=leaky)


def test_nothing_is_run_where_nothing_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr("code_checks.sandbox.inside.landlock.version", lambda: 2)
    probe_sandbox.cache_clear()
    try:
        level = probe_sandbox()
        assert level.mechanism is Mechanism.NONE
        assert not level.available
        assert "bwrap is not installed" in level.detail
        assert "version 2 of Landlock" in level.detail
        assert "bubblewrap" in level.remedy
        with pytest.raises(SandboxUnavailable, match="nothing contains code here"):
            run(["/bin/true"], {})
    finally:
        probe_sandbox.cache_clear()


def test_a_mechanism_that_breaks_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """For instance where bubblewrap is there, but forbidden."""
    found, reason = level_named("bubblewrap")
    if found is None:
        skip(reason)
    monkeypatch.setattr("code_checks.sandbox.bubblewrap._LINKS", ("/no-such",))
    broken, reason = level_named("bubblewrap")
    assert broken is None
    assert reason


def test_the_probe_looks_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert probe_sandbox() is probe_sandbox()
    assert replace(probe_sandbox()) == probe_sandbox()
