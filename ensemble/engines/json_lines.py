"""Files of JSON lines, plain or gzip: evaluation tasks and recorded generations."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path

_GZIP_MAGIC = b"\x1f\x8b"


def numbered_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield every line that is not blank, with its number from 1.

    Raises OSError for a file that cannot be read or unpacked.
    """
    raw = path.read_bytes()
    try:
        data = gzip.decompress(raw) if raw.startswith(_GZIP_MAGIC) else raw
    except (EOFError, zlib.error) as error:
        raise OSError(f"damaged: {error}") from error
    for number, line in enumerate(data.split(b"\n"), start=1):
        if line.strip():
            yield number, line


def unreadable(path: Path, error: OSError) -> str:
    """Say why a file cannot be read, without repeating its name."""
    return f"{path.name} cannot be read: {error.strerror or error}"
