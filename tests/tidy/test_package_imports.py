"""What importing the package does not load."""

from __future__ import annotations

import subprocess
import sys


def test_the_package_loads_nothing_until_it_is_used() -> None:
    code = "import ensemble, sys; print({'tree_sitter', 'msgspec'} & sys.modules.keys())"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert result.stdout.strip() == "set()"
