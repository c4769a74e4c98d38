"""How much of the corpus one package, and all tests together, may be."""

from __future__ import annotations

import hashlib
from collections import Counter

from training.filters import is_test
from training.settings import Corpus
from training.wheels import Source


def cap(sources: list[Source], settings: Corpus) -> list[Source]:
    """Leaves out files, in an order that only their names decide, until both caps hold.

    Each cap is a share of what remains, so cutting for one may break the other: they are
    applied in turn until nothing more goes.
    """
    kept = sorted(sources, key=lambda source: name_hash(source.package, source.path))
    before = -1
    while len(kept) != before:
        before = len(kept)
        kept = cap_tests(kept, settings.test_share)
        kept = cap_packages(kept, settings.package_share)
    return sorted(kept, key=lambda source: (source.package, source.path))


def cap_tests(sources: list[Source], share: float) -> list[Source]:
    code = sum(len(source.text) for source in sources if not is_test(source.path))
    left = code * share / (1 - share)
    kept = []
    for source in sources:
        if is_test(source.path):
            left -= len(source.text)
            if left < 0:
                continue
        kept.append(source)
    return kept


def cap_packages(sources: list[Source], share: float) -> list[Source]:
    sizes: Counter[str] = Counter()
    for source in sources:
        sizes[source.package] += len(source.text)
    limit = fair_limit(list(sizes.values()), share)
    used: Counter[str] = Counter()
    kept = []
    for source in sources:
        if used[source.package] + len(source.text) <= limit:
            used[source.package] += len(source.text)
            kept.append(source)
    return kept


def name_hash(package: str, path: str) -> int:
    """A number that looks random but stays the same from build to build."""
    return int.from_bytes(hashlib.sha256(f"{package}/{path}".encode()).digest()[:8], "big")


def fair_limit(sizes: list[int], share: float) -> float:
    """The size to which the largest must be cut so that none exceeds `share` of the whole."""
    limit = float(max(sizes))
    for _ in range(1000):
        total = sum(min(size, limit) for size in sizes)
        if limit <= share * total * 1.0001:
            break
        limit = share * total
    return limit
