"""What `coterie doctor` says about the sandbox."""

from __future__ import annotations

import platform
import shutil

import pytest

from code_checks.sandbox import (
    HARMFUL,
    Level,
    Mechanism,
    SandboxUnavailable,
    Threat,
    probe_sandbox,
    probing,
    run,
    seatbelt,
)
from lsp_server.commands.doctor import Finding, FindingStatus, sandbox_finding

BUBBLEWRAP, LANDLOCK = Mechanism.BUBBLEWRAP, Mechanism.LANDLOCK
NO_BUBBLEWRAP = "bwrap is not installed"
CASES = [
    (
        Level(BUBBLEWRAP, frozenset(Threat), {BUBBLEWRAP: ""}),
        Finding("sandbox", FindingStatus.OK, "bubblewrap"),
    ),
    (
        Level(LANDLOCK, HARMFUL, {BUBBLEWRAP: NO_BUBBLEWRAP, LANDLOCK: ""}),
        Finding(
            "sandbox",
            FindingStatus.OK,
            "landlock; not contained: code that learns which files and processes exist outside, "
            "but not what is in them; bubblewrap: bwrap is not installed",
        ),
    ),
    (
        Level(
            Mechanism.NONE,
            reasons={BUBBLEWRAP: NO_BUBBLEWRAP, LANDLOCK: "the kernel has version 0 of Landlock"},
            remedy="Install bubblewrap.",
        ),
        Finding(
            "sandbox",
            FindingStatus.WARN,
            "nothing contains code here; bubblewrap: bwrap is not installed; "
            "landlock: the kernel has version 0 of Landlock",
            "Install bubblewrap.",
        ),
    ),
]


@pytest.mark.parametrize(("level", "expected"), CASES)
def test_the_finding(level: Level, expected: Finding) -> None:
    assert sandbox_finding(level) == expected


@pytest.fixture
def on_a_mac(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that says it is a Mac, on which sandbox-exec starts what it is given."""
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(probing, "_try", lambda level: None)
    monkeypatch.delenv(seatbelt.TRY_VARIABLE, raising=False)


@pytest.mark.usefixtures("on_a_mac")
def test_what_was_never_attacked_contains_nothing() -> None:
    level = probe_sandbox.__wrapped__()
    found = sandbox_finding(level)
    assert (found.status, level.available) == (FindingStatus.WARN, False)
    assert "sandbox-exec: it has not been proven: the attack suite" in found.detail
    assert "No tests are run on macOS" in found.remedy
    with pytest.raises(SandboxUnavailable, match="has not been proven"):
        run(["/bin/true"], {}, level=level)


@pytest.mark.usefixtures("on_a_mac")
def test_a_developer_can_have_it_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(seatbelt.TRY_VARIABLE, "1")
    level = probe_sandbox.__wrapped__()
    found = sandbox_finding(level)
    assert level.mechanism is Mechanism.SEATBELT
    assert found.status is FindingStatus.WARN
    assert "it has not been proven" in found.remedy


def test_this_machine_has_a_finding() -> None:
    found = sandbox_finding(probe_sandbox())
    assert (found.status is FindingStatus.OK) is probe_sandbox().available
    assert found.remedy or probe_sandbox().available
