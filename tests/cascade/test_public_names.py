"""What the package offers, and what importing it does not load."""

from __future__ import annotations

import subprocess
import sys

import pytest

import ensemble


@pytest.mark.parametrize("name", ensemble.__all__)
def test_a_public_name_is_there(name: str) -> None:
    assert getattr(ensemble, name) is not None


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="Nonsense"):
        _ = ensemble.Nonsense


def test_the_package_loads_nothing_until_it_is_used() -> None:
    code = "import ensemble, sys; print({'tree_sitter', 'msgspec'} & sys.modules.keys())"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert result.stdout.strip() == "set()"
