"""What must never be trained on, and how it is recognized under any name.

By path, and by content: a run of ten source tokens (a shingle) that also occurs in a held-out
text. Copies travel (package managers vendor others), so a path alone proves nothing.
"""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]

PACKAGES = frozenset(
    """attr attrs black blackd blib2to3 flask
    httpx rich starlette trio typer""".split()  # noqa: SIM905 - a list would fill a page
)
BENCHMARKS = re.compile(r"human[-_]?eval|mbpp", re.IGNORECASE)
TOKEN = re.compile(r"[^\W\d]\w*|\d+|[^\s\w]")
MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


def by_path(path: str) -> bool:
    """Whether a path names a held-out package (as folder or module) or benchmark."""
    parts = PurePosixPath(path.lower()).parts
    names = {part.removesuffix(".py").lstrip("_") for part in parts}
    return bool(names & PACKAGES) or BENCHMARKS.search(path) is not None


def by_mention(text: str) -> bool:
    """Whether a text carries the marks of a benchmark's own files."""
    return re.search(r"HumanEval/\d|['\"]?canonical_solution['\"]?\s*[:=]", text) is not None


@lru_cache(maxsize=1_000_000)
def token_hash(token: str) -> int:
    return zlib.crc32(token.encode("utf-8", "surrogatepass"))


def shingles(text: str, length: int) -> Hashes:
    """Sorted unique hashes of every run of `length` tokens; layout plays no part."""
    ids = np.array([token_hash(token) for token in TOKEN.findall(text)], dtype=np.uint64)
    if len(ids) < length:
        return np.empty(0, dtype=np.uint64)
    total = np.zeros(len(ids) - length + 1, dtype=np.uint64)
    with np.errstate(over="ignore"):
        for offset in range(length):
            total = total * MULTIPLIER + ids[offset : offset + len(total)] + np.uint64(1)
        total ^= total >> np.uint64(29)
    return np.unique(total)


def union(texts: Iterable[str], length: int) -> Hashes:
    found = [shingles(text, length) for text in texts]
    return np.unique(np.concatenate(found)) if found else np.empty(0, dtype=np.uint64)


def shared(hashes: Hashes, reference: Hashes) -> Hashes:
    """The hashes that also occur in a sorted reference."""
    if not len(reference):
        return hashes[:0]
    places = np.searchsorted(reference, hashes).clip(max=len(reference) - 1)
    found: Hashes = hashes[reference[places] == hashes]
    return found


def task_texts(folder: Path) -> Iterable[str]:
    """Every text of the evaluation tasks in a folder of JSON lines: problems, solutions, tests.

    Recorded generations are left out: they are other models' words, so they say nothing about
    where a corpus file comes from, and their common idioms would condemn honest code.
    """
    for path in sorted(folder.glob("*.jsonl.gz")):
        if path.name.startswith("recorded-"):
            continue
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                task: dict[str, Any] = json.loads(line)
                yield "".join(
                    str(task.get(key) or "") for key in ("prompt", "canonical_solution", "suffix")
                )
                yield str(task.get("test") or "")
