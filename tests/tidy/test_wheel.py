"""What users get: the wheel contains everything, and works without the checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.tidy.sources import PACKAGES, files


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built as a user's pip builds it."""
    target = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(target), cwd=root)
    return next(target.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with what the wheel installs, and nothing else."""
    target = tmp_path_factory.mktemp("installed")
    run(
        sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet",
        "--no-deps", "--no-index", "--target", str(target), str(wheel), cwd=target,
    )  # fmt: skip
    return target


def run(*command: str, cwd: Path, **environment: str) -> str:
    """Run a command and return what it prints; a failure shows why."""
    done = subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, check=False,
        env={**os.environ, **environment},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_contains_every_file_of_the_packages_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert packed == {name for name in files() if name.split("/")[0] in PACKAGES}
    assert any(name.endswith(".gguf") for name in packed)
    assert {f"{package}/py.typed" for package in PACKAGES} <= packed


def test_declares_the_command(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith("entry_points.txt"))
        assert "coterie = lsp_server.__main__:main" in archive.read(name).decode()


def test_works_without_the_checkout(installed: Path) -> None:
    """The embedded models are found where the wheel puts them."""
    where = "import lsp_server, ensemble; print(lsp_server.__file__, ensemble.__file__)"
    environment = {"PYTHONPATH": str(installed)}
    printed = run(sys.executable, "-c", where, cwd=installed, **environment)
    assert all(path.startswith(str(installed)) for path in printed.split())

    source = installed / "add.py"
    source.write_text("def add(first, second):\n    return \n")
    place = f"{source}:2:12"
    command = (sys.executable, "-m", "lsp_server", "complete", "--json", place)
    answer = json.loads(run(*command, cwd=installed, **environment))
    assert answer["tokens"]["generated"] > 0
