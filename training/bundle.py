"""Carries a large file to or from a machine that takes only small ones.

    python -m training.bundle split FILE FOLDER [--part-bytes N]
    python -m training.bundle join FOLDER FILE

`split` compresses the file, cuts it into numbered parts and lists their checksums; `join`
needs every part, checks each, and writes the file only if all of it is right.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import lzma
from pathlib import Path

LISTING = "parts.json"
PRESET = 6
PART_BYTES = 15 * 2**20


class Damaged(Exception):
    """A part is missing or is not what was sent."""


def split(source: Path, folder: Path, part_bytes: int = PART_BYTES) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    packed = lzma.compress(source.read_bytes(), preset=PRESET)
    parts: list[Path] = []
    for start in range(0, len(packed), part_bytes):
        path = folder / f"{source.name}.{len(parts):03d}"
        path.write_bytes(packed[start : start + part_bytes])
        parts.append(path)
    checksums = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in parts}
    (folder / LISTING).write_text(json.dumps(checksums, indent=1))
    return parts


def join(folder: Path, out: Path) -> None:
    """Raises Damaged before anything is written."""
    checksums: dict[str, str] = json.loads((folder / LISTING).read_text())
    packed = b""
    for name, checksum in checksums.items():
        path = folder / name
        data = path.read_bytes() if path.exists() else b""
        if hashlib.sha256(data).hexdigest() != checksum:
            raise Damaged(f"{path} is missing or damaged")
        packed += data
    whole = out.with_name(out.name + ".part")
    whole.write_bytes(lzma.decompress(packed))
    whole.replace(out)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    splitting = commands.add_parser("split")
    splitting.add_argument("file", type=Path)
    splitting.add_argument("folder", type=Path)
    splitting.add_argument("--part-bytes", type=int, default=PART_BYTES)
    joining = commands.add_parser("join")
    joining.add_argument("folder", type=Path)
    joining.add_argument("file", type=Path)
    chosen = parser.parse_args()
    if chosen.command == "split":
        parts = split(chosen.file, chosen.folder, chosen.part_bytes)
        print(f"{len(parts)} parts, {sum(p.stat().st_size for p in parts):,} bytes")
    else:
        join(chosen.folder, chosen.file)


if __name__ == "__main__":
    main()
