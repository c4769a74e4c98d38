"""Runs one test of a workspace's test file against the module that is being judged.

It is copied into the sandbox, where it is all that there is of Coterie. The candidate has been
imported under the name `candidate`; a test file imports it under its own name.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import os
import signal
import sys
import types
import unittest
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_CANDIDATE = "candidate"
_MOST_TIMEOUTS = 3


def define(source: str, path: str, name: str, namespace: dict[str, Any]) -> None:
    """Run a module's source in a namespace as if it had been imported under its own name."""
    package = name.rpartition(".")[0]
    take_place((name,))
    namespace["__package__"] = package
    namespace["__file__"] = str(Path(path).absolute())
    exec(compile(source, path, "exec", dont_inherit=True), namespace)


def take_place(names: Sequence[str]) -> None:
    """Let the candidate stand for the module with these names."""
    candidate = sys.modules[_CANDIDATE]
    for name in names:
        sys.modules[name] = candidate
    for name in names:
        package, _, last = name.rpartition(".")
        if package:
            setattr(_package(package), last, candidate)


def run_test(path: str, name: str, names: Sequence[str]) -> None:
    """Run one test of a file; raises what the test raises.

    `names` are those under which the candidate may be imported.
    """
    folders = (Path(path).parent, Path("src"), Path())
    sys.path[:0] = [str(folder.absolute()) for folder in folders if folder.is_dir()]
    take_place(names)
    if "pytest" in Path(path).read_text(encoding="utf-8"):
        _run_by_pytest(path, name)
        return
    module = _loaded(path)
    owner, _, method = name.rpartition(".")
    if not owner:
        test = getattr(module, name)
        if inspect.signature(test).parameters:
            _run_by_pytest(path, name)
            return
        test()
    elif issubclass(getattr(module, owner), unittest.TestCase):
        unittest.defaultTestLoader.loadTestsFromName(name, module).debug()
    else:
        getattr(getattr(module, owner)(), method)()


def endings(codes: Sequence[str], namespace: dict[str, Any], seconds: float) -> str:
    """Run many statements one after the other and return a letter for each: `p` it passed, `f` an
    assertion failed, `e` another exception, `t` it took more than so many seconds of computing.

    After three that took too long, the rest count as such, too. Statements share what they change.
    """
    letters = ""
    signal.signal(signal.SIGVTALRM, _too_long)
    for code in codes:
        if letters.count("t") >= _MOST_TIMEOUTS:
            letters += "t"
            continue
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
        try:
            exec(compile(code, "test.py", "exec", dont_inherit=True), dict(namespace))
            letters += "p"
        except AssertionError:
            letters += "f"
        except TooLong:
            letters += "t"
        except BaseException:
            # Whatever the code raises, SystemExit included, is how this test ended.
            letters += "e"
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return letters


class TooLong(BaseException):
    """Raised inside code that does not come to an end; no ordinary handler catches it."""


def _too_long(number: int, frame: object) -> None:
    raise TooLong


def _package(name: str) -> types.ModuleType:
    try:
        return importlib.import_module(name)
    except ImportError:
        package = types.ModuleType(name)
        package.__path__ = [str(Path(name.replace(".", "/")).absolute())]
        sys.modules[name] = package
        return package


def _loaded(path: str) -> types.ModuleType:
    name = ".".join(Path(path).with_suffix("").parts)
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None, path
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _run_by_pytest(path: str, name: str) -> None:
    pytest = importlib.import_module("pytest")
    raised: list[BaseException] = []

    class Listener:
        """Keeps what went wrong, which pytest itself only prints."""

        def pytest_exception_interact(self, call: Any) -> None:
            raised.append(call.excinfo.value)

    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    status = pytest.main(
        [f"{path}::{name.replace('.', '::')}", "-q", "-p", "no:cacheprovider", "--import-mode",
         "importlib", "--rootdir", "."],
        plugins=[Listener()],
    )  # fmt: skip
    if raised:
        raise raised[0]
    if status:
        raise RuntimeError(f"pytest ended with status {int(status)}")
