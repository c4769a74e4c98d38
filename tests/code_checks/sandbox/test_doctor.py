"""What `coterie doctor` says about the sandbox."""

from __future__ import annotations

import pytest

from code_checks.sandbox import HARMFUL, Level, Mechanism, Threat, probe
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


def test_this_machine_has_a_finding() -> None:
    found = sandbox_finding(probe())
    assert (found.status is FindingStatus.OK) is probe().available
    assert found.remedy or probe().available
