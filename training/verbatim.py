"""Writes the index by which Coterie recognizes long copies of the corpus.

    python -m training.verbatim build OUT
    python -m training.verbatim check INDEX    how many files of the corpus, and of others, it knows

Run with the interpreter that has Coterie installed: it is `code_checks.checks.copy_index` that
makes and reads the index.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from code_checks.checks.copy_index import CopyIndex, sampled, tokens_of
from training.settings import home

IDIOM_PACKAGES = 3
"""What so many packages say, license notices for example, is nobody's."""
EVERY = 97
SAMPLE_TOKENS = 100


def documents() -> Iterator[tuple[str, str, bool]]:
    """Yield package, text and whether it was kept out of training, package by package."""
    with gzip.open(home() / "corpus.jsonl.gz", "rt", encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            yield row["package"], row["text"], row["valid"]


def corpus_runs() -> Iterator[int]:
    """Yield the sampled runs of the training files, without idioms."""
    packages = []
    for _, rows in itertools.groupby(documents(), key=lambda row: row[0]):
        said = {number for _, text, valid in rows if not valid for number in sampled(text)}
        packages.append(np.fromiter(said, np.uint64, len(said)))
    numbers, counts = np.unique(np.concatenate(packages), return_counts=True)
    return (int(number) for number in numbers[counts < IDIOM_PACKAGES])


def build(path: Path) -> None:
    CopyIndex.build(corpus_runs()).write(path)
    print(f"{path}: {path.stat().st_size:,} bytes")


def check(path: Path) -> None:
    """Look up the first tokens of a sample of files: those trained on, and those kept out."""
    index = CopyIndex.read(path)
    for wanted, name in ((False, "trained on"), (True, "kept out")):
        texts = (text for _, text, valid in documents() if valid is wanted)
        step = 1 if wanted else EVERY
        starts = [tokens_of(text) for text in itertools.islice(texts, 0, None, step)]
        found = [
            index.longest_copy(" ".join(tokens[-SAMPLE_TOKENS:])) > 0
            for tokens in starts
            if len(tokens) >= SAMPLE_TOKENS
        ]
        print(f"{name}: {sum(found)} of {len(found)} stretches of {SAMPLE_TOKENS} are known")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=["build", "check"])
    parser.add_argument("index", type=Path)
    options = parser.parse_args()
    (build if options.action == "build" else check)(options.index)


if __name__ == "__main__":
    main()
