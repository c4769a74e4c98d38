"""Whether a corpus file copies something held out, judged by the runs of tokens that they share.

What many packages say is an idiom of the language and proves nothing; which runs those are
depends on the files at hand, so whoever leaves files out has to judge the rest anew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from training.heldout import Hashes, by_mention, by_path, shared, shingles, task_texts, union
from training.settings import Corpus
from training.wheels import Source, read_wheel

IDIOM_PACKAGES = 5
"""A run that this many packages share is an idiom, not a copy."""


class Evidence(NamedTuple):
    """What one file has in common with the held-out texts."""

    source: Source
    """The file."""
    runs: int
    """How many different runs of tokens the file has."""
    tasks: Hashes
    """The hashes of the runs that it shares with the held-out tasks."""
    packages: Hashes
    """The hashes of the runs that it shares with the held-out packages."""


class Contamination:
    def __init__(self, settings: Corpus, packages: Hashes, tasks: Hashes) -> None:
        self.settings, self.packages, self.tasks = settings, packages, tasks

    @classmethod
    def of_folders(cls, settings: Corpus, wheels: Path, tasks: Path) -> Contamination:
        """Reads the held-out wheels and tasks; without either, nothing can be judged."""
        length = settings.shingle_tokens
        texts = (
            source.text
            for wheel in sorted(wheels.glob("*.whl"))
            for source in read_wheel(wheel, "", settings)[1]
        )
        references = union(texts, length), union(task_texts(tasks), length)
        if not all(map(len, references)):
            raise SystemExit(f"no held-out texts in {wheels} or {tasks}: run the download first")
        return cls(settings, *references)

    def evidence(self, source: Source) -> Evidence:
        runs = shingles(source.text, self.settings.shingle_tokens)
        return Evidence(source, len(runs), shared(runs, self.tasks), shared(runs, self.packages))

    def verdict(self, evidence: Evidence, idioms: Hashes) -> str | None:
        """Why a file is held out, or None."""
        if by_path(evidence.source.path):
            return "held_out_path"
        if by_mention(evidence.source.text):
            return "held_out_mention"
        least = self.settings.shingle_limit
        if telling(evidence.tasks, idioms) >= least:
            return "held_out_task"
        limit = max(least, self.settings.shingle_share * evidence.runs)
        return "held_out_copy" if telling(evidence.packages, idioms) >= limit else None

    def condemned(self, found: Iterable[Evidence]) -> list[tuple[Source, str]]:
        """The files that must go, each with its reason, by the idioms of all of these files."""
        found = list(found)
        common = idioms(found)
        verdicts = ((each.source, self.verdict(each, common)) for each in found)
        return [(source, reason) for source, reason in verdicts if reason]


def telling(hashes: Hashes, idioms: Hashes) -> int:
    return len(hashes) - len(shared(hashes, idioms))


def idioms(found: Iterable[Evidence]) -> Hashes:
    """The held-out runs that independent packages share."""
    seen: defaultdict[int, set[str]] = defaultdict(set)
    for each in found:
        if not by_path(each.source.path):
            for value in np.union1d(each.tasks, each.packages).tolist():
                seen[value].add(each.source.package)
    common = [value for value, names in seen.items() if len(names) >= IDIOM_PACKAGES]
    return np.array(sorted(common), dtype=np.uint64)
