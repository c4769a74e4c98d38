"""The process of one candidate: imports it, then runs each test in a process of its own."""

from __future__ import annotations

import gc
import os
import resource
import sys
import types
from typing import NamedTuple

from .forking import fork
from .hardening import ON_LINUX, forbid_signals
from .records import IMPORT, RecordKind, encode_record
from .setup import Setup
from .values import describe

_REPORT = 3
"""The descriptor of the pipe to the supervisor, the only one beside standard input and output."""


class Instructions(NamedTuple):
    """What to judge, and by what."""

    programs: list[str]
    """The candidates: whole modules."""
    tests: list[str]
    """Statements in these modules, or expressions with `outputs`."""
    outputs: bool
    """Whether the values of the tests are reported."""
    paths: list[str]
    """Directories with packages that may be imported."""
    test_cpu_seconds: int
    """Computing, for one test of one candidate."""
    test_seconds: float
    """Waiting, for the same."""
    candidate_seconds: float
    """Waiting, for one candidate with all of its tests."""
    output_bytes: int
    """How much one candidate may print."""


# The code that is judged may replace any of these; the harness goes on with its own.
_exit, _write, _waitpid, _getpid = os._exit, os.write, os.waitpid, os.getpid
_compile, _exec, _eval, _set_limit = compile, exec, eval, resource.setrlimit


def be_candidate(
    setup: Setup, judge: Instructions, program: str, first: int, report: int, noise: int, key: bytes
) -> None:
    """Turn this process, a fresh fork of the supervisor, into a candidate's; does not return.

    Runs the tests from number `first` on. What is printed goes to `noise`.
    """
    try:
        _take_descriptors(report, noise)
        if ON_LINUX:
            os.setsid()
        else:
            forbid_processes()
        forbid_signals(setup)
        sys.path[:] = [setup.directory, *sys.path[1:], *judge.paths]
        sys.argv[:] = ["candidate"]
        gc.enable()
        _run(judge, program, first, key)
    finally:
        _exit(0)


def forbid_processes() -> None:
    """Let this process start no other: where nothing would end those that hide (macOS)."""
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))


def _take_descriptors(report: int, noise: int) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(noise, 1)
    os.dup2(noise, 2)
    os.dup2(report, _REPORT, inheritable=False)
    os.closerange(_REPORT + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])


def _run(judge: Instructions, program: str, first: int, key: bytes) -> None:
    process = _getpid()
    module = types.ModuleType("candidate")
    sys.modules["candidate"] = module
    try:
        _exec(_compile(program, "candidate.py", "exec", dont_inherit=True), module.__dict__)
    except BaseException as error:
        # Whatever its import raises, SystemExit included, is the candidate's own ending.
        _write(_REPORT, encode_record(key, IMPORT, RecordKind.ERROR, _describe_error(error)))
        return
    if _getpid() != process:
        return  # A child that the import left behind: there is one judge only.
    _write(_REPORT, encode_record(key, IMPORT, RecordKind.READY))
    for index in range(first, len(judge.tests)):
        if not ON_LINUX:
            _report_test(judge, module, index, key)
            _write(_REPORT, encode_record(key, index, RecordKind.END, "0"))
            return  # It cannot fork, so each test gets a candidate of its own.
        child = fork()
        if child == 0:
            _set_limit(resource.RLIMIT_CPU, (judge.test_cpu_seconds, judge.test_cpu_seconds + 1))
            _report_test(judge, module, index, key)
            _exit(0)
        _, status = _waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        _write(_REPORT, encode_record(key, index, RecordKind.END, str(code)))


def _report_test(judge: Instructions, module: types.ModuleType, index: int, key: bytes) -> None:
    kind, detail = _outcome(judge, module, index)
    _write(_REPORT, encode_record(key, index, kind, detail))


def _outcome(judge: Instructions, module: types.ModuleType, index: int) -> tuple[RecordKind, str]:
    try:
        mode = "eval" if judge.outputs else "exec"
        code = _compile(judge.tests[index], "test.py", mode, dont_inherit=True)
        if judge.outputs:
            return RecordKind.PASS, describe(_eval(code, module.__dict__))
        _exec(code, module.__dict__)
    except AssertionError as error:
        return RecordKind.FAIL, _describe_error(error)
    except BaseException as error:
        # The same: whatever the code raises is an outcome.
        return RecordKind.ERROR, _describe_error(error)
    return RecordKind.PASS, ""


def _describe_error(error: BaseException) -> str:
    name = type(error).__name__
    try:
        text = str(error)
    except BaseException:
        # An exception's own text is code that was judged, too.
        text = "(its text cannot be told)"
    return f"{name}: {text}" if text else name
