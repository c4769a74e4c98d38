"""Cuts tasks from the packages that our models were never trained on.

    python benchmarks/quality/heldout.py OUT.jsonl.gz [--holes 600] [--seed 0]

The packages of heldout.txt are downloaded with pip into the user's cache folder, never into the
repository. The holes are whole lines, rests of lines and short blocks of Python, drawn evenly from
all files; an answer is right where it is what stood there. Equal versions, numbers and seeds give
equal tasks.
"""

from __future__ import annotations

import argparse
import gzip
import random
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec
import platformdirs

from code_checks.languages import language_named
from ensemble.evaluation.repository_holes import source_tasks
from ensemble.evaluation.tasks import Task, draw

PACKAGES = Path(__file__).with_name("heldout.txt")
LARGEST_FILE = 200_000


def packages() -> list[str]:
    """Return what heldout.txt names: `name==version`."""
    lines = (line.partition("#")[0].strip() for line in PACKAGES.read_text().splitlines())
    return [line for line in lines if line]


def wheels() -> list[Path]:
    """Return the wheels of the packages, downloaded if they are not there yet."""
    folder = platformdirs.user_cache_path("coterie", appauthor=False) / "heldout"
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    for package in packages():
        name, _, version = package.partition("==")
        pattern = f"{name}-{version}-*.whl"
        if not list(folder.glob(pattern)):
            download = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
            subprocess.run(
                [*download, "--only-binary=:all:", f"--dest={folder}", package], check=True
            )
        found += sorted(folder.glob(pattern))[:1]
    return found


def sources(wheel: Path) -> Iterator[tuple[str, str]]:
    """Yield the path and the text of every Python file in a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        for entry in archive.infolist():
            if entry.filename.endswith(".py") and entry.file_size <= LARGEST_FILE:
                text = archive.read(entry).decode("utf-8-sig", "replace")
                yield entry.filename, text.replace("\r\n", "\n")


def tasks(holes: int, seed: int) -> list[Task]:
    """Return this many holes, drawn evenly from all files."""
    python = language_named("python")
    assert python is not None
    cut = [
        task
        for wheel in wheels()
        for name, text in sources(wheel)
        for task in source_tasks(name, text, python, random.Random(f"{seed} {name}"))
    ]
    return draw(cut, holes, seed)


def main() -> None:
    """Write the tasks and say what they are."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    arguments.add_argument("out", type=Path, metavar="OUT.jsonl.gz")
    arguments.add_argument("--holes", type=int, default=600)
    arguments.add_argument("--seed", type=int, default=0)
    options = arguments.parse_args()
    drawn = tasks(options.holes, options.seed)
    lines = b"".join(msgspec.json.encode(task) + b"\n" for task in drawn)
    # Without a time stamp, so that equal tasks are equal files.
    options.out.write_bytes(gzip.compress(lines, mtime=0))
    kinds = Counter(task.task_id.rpartition(":")[2] for task in drawn)
    print(f"{len(drawn)} holes in {len({task.path for task in drawn})} files: {dict(kinds)}")


if __name__ == "__main__":
    main()
