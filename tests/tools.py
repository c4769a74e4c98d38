"""What some tests need and not every machine has, and the one way in which a test is skipped.

    @pytest.mark.needs("go")                             a test, or a case of one
    pytestmark = pytest.mark.needs("sandbox", "node")    a whole file
    skip("why")                                          where only the test itself can find out

Nothing else skips a test (tests/tidy/test_skipping.py). So whoever skips one says what is missing
and what would bring it, and the last lines of a run list it. `make test` brings what Debian has.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import NoReturn

import pytest

from code_checks.sandbox import probe_sandbox
from tests.offline.namespace import refusal as no_namespace


@dataclass(frozen=True)
class Tool:
    """Something that a machine may lack.

    `refusal` says why it cannot be used here, "" if it can; `remedy` is what would bring it. What
    is `vital` proves an invariant: where everything is to be proven, lacking it is a failure.
    """

    refusal: Callable[[], str]
    remedy: str
    vital: bool = False


def program(name: str, below: str = "/") -> Callable[[], str]:
    """Return what says why a program cannot be used, "" where it is on PATH below a folder."""

    def refusal() -> str:
        found = shutil.which(name)
        if found is None:
            return f"{name} is not installed"
        return "" if found.startswith(below) else f"{name} is not below {below}"

    return refusal


def sandbox() -> str:
    """Return why nothing that was written by a model can be run here, "" if it can."""
    level = probe_sandbox()
    return "" if level.available else level.detail


TOOLS: Mapping[str, Tool] = {
    "go": Tool(program("go"), "apt-get install golang-go"),
    "node": Tool(program("node"), "apt-get install nodejs"),
    "the system's node": Tool(program("node", "/usr/"), "apt-get install nodejs"),
    "openssl": Tool(program("openssl"), "apt-get install openssl"),
    "sandbox": Tool(sandbox, "apt-get install bubblewrap"),
    "unshare": Tool(program("unshare"), "apt-get install util-linux"),
    "a namespace without a network": Tool(no_namespace, "allow user namespaces", vital=True),
}


def require(name: str) -> None:
    """Skip the test that is running where a tool is missing."""
    tool = TOOLS[name]
    reason = _refusal(name)
    if reason and tool.vital and os.environ.get("CI"):
        pytest.fail(f"NOT PROVEN: {reason}: {tool.remedy}", pytrace=False)
    if reason:
        skip(f"{reason}: {tool.remedy}")


def skip(reason: str) -> NoReturn:
    """Skip the test that is running."""
    pytest.skip(reason)


@cache
def _refusal(name: str) -> str:
    return TOOLS[name].refusal()
