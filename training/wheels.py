"""Reading sources: wheels as zip files, and the standard library. Nothing is executed."""

from __future__ import annotations

import email
import subprocess
import sys
import sysconfig
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from training import licenses
from training.settings import Corpus


@dataclass(slots=True)
class Source:
    """One file of a package."""

    package: str
    """The name of the wheel."""
    path: str
    """The path relative to what the wheel installs."""
    text: str
    """The whole file."""


@dataclass(slots=True)
class Package:
    """A package, and what became of its files."""

    name: str
    """The name that its metadata gives."""
    version: str
    """The version that its metadata gives."""
    license: str
    """The license as it was declared."""
    allowed: bool
    """Whether the corpus may hold files of this license."""
    tag: str = ""
    """The word behind the name in packages.txt, such as `doctests`; "" if there is none."""
    found: int = 0
    """The characters of all files that were read."""
    kept: int = 0
    """The characters of the files that the corpus holds."""
    refused: Counter[str] = field(default_factory=Counter)
    """How many files were refused, by reason."""


def listed(path: Path) -> dict[str, str]:
    """Package names and their tags ("" where none is written)."""
    lines = (line.split("#")[0].split() for line in path.read_text().splitlines())
    return {words[0]: " ".join(words[1:]) for words in lines if words}


def download(names: Iterable[str], folder: Path) -> list[str]:
    """Fetches the newest wheel of each name; returns the names that have none."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps"]
    command += ["--only-binary=:all:", "-d", str(folder)]
    have = {wheel.name.split("-")[0].lower() for wheel in folder.glob("*.whl")}
    wanted = [name for name in names if distribution(name) not in have]
    return [name for name in wanted if subprocess.run([*command, name], check=False).returncode]


def distribution(name: str) -> str:
    """A name as wheels spell it in their file names."""
    return name.lower().replace("-", "_").replace(".", "_")


def read_wheel(wheel: Path, tag: str, settings: Corpus) -> tuple[Package, list[Source]]:
    """A wheel's license and its Python files, in a fixed order."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        metadata_name = next(n for n in names if n.endswith(".dist-info/METADATA"))
        metadata = email.message_from_bytes(archive.read(metadata_name))
        name = str(metadata["Name"])
        declared, allowed = licenses.of_metadata(metadata, settings.licenses)
        if stated := settings.license_of_python.get(name):
            declared = f"{stated} (Python files; the wheel: {declared})"
            allowed = licenses.of_expression(stated, settings.licenses)
        package = Package(name, str(metadata["Version"]), declared, allowed, tag)
        if not allowed:
            return package, []
        wanted = sorted(n for n in names if n.endswith(settings.languages))
        raw = ((n, archive.read(n)) for n in wanted if archive.getinfo(n).file_size)
        return package, list(decoded(name, raw))


def read_standard_library(settings: Corpus) -> tuple[Package, list[Source]]:
    root = Path(sysconfig.get_path("stdlib"))
    package = Package("cpython", sys.version.split()[0], "PSF-2.0", True, "doctests")
    paths = (p for p in sorted(root.rglob("*.py")) if "site-packages" not in p.parts)
    raw = ((str(p.relative_to(root)), p.read_bytes()) for p in paths)
    return package, list(decoded(package.name, raw))


def decoded(package: str, files: Iterable[tuple[str, bytes]]) -> Iterator[Source]:
    """Line ends become \\n; what is not UTF-8 is left out."""
    for path, data in files:
        try:
            text = data.decode("utf-8").removeprefix("\ufeff")
        except UnicodeDecodeError:
            continue
        yield Source(package, path, text.replace("\r\n", "\n").replace("\r", "\n"))
