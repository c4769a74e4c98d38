"""The profile for macOS, as far as it can be read without one."""

from __future__ import annotations

import re

from code_checks.sandbox.seatbelt import arguments, profile

PROFILE = profile("/private/tmp/coterie-1", ["/opt/py thon", '/opt/quo"te'])


def test_everything_is_denied_first() -> None:
    assert PROFILE.splitlines()[:2] == ["(version 1)", "(deny default)"]


def test_what_is_allowed_is_this_and_no_more() -> None:
    allowed = [line.split()[1].rstrip(")") for line in PROFILE.splitlines()[2:]]
    assert allowed == [
        "process-fork", "signal", "sysctl-read", "file-read-metadata", "process-exec",
        "file-read*", "file-read*", "file-write*", "file-write-data",
    ]  # fmt: skip


def test_only_the_working_directory_can_be_written() -> None:
    (line,) = [line for line in PROFILE.splitlines() if "file-write*" in line]
    assert re.findall(r'"([^"]+)"', line) == ["/private/tmp/coterie-1"]


def test_names_cannot_break_out_of_the_profile() -> None:
    assert r'(subpath "/opt/quo\"te")' in PROFILE
    bare = re.sub(r'"(?:\\.|[^"\\])*"', "", PROFILE)
    assert bare.count("(") == bare.count(")")
    assert '"' not in bare


def test_the_command_line() -> None:
    assert arguments("/d", [])[:2] == ["sandbox-exec", "-p"]
