"""Batches: samples packed into rows, the same for a given seed and step wherever they are made.

    python -m training.data encode     train.npz and valid.npz from the corpus, once
    python -m training.data show       a few samples, as a person reads them

Documents of one row are not masked from each other: plain causal attention learns to look no
further than the end token.
"""

from __future__ import annotations

import argparse
import multiprocessing
from collections.abc import Iterator
from multiprocessing.queues import Queue
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from training.corpus import read_corpus
from training.documents import Documents, Encode, open_documents, pack
from training.samples import Sampler
from training.settings import Samples, home, load
from training.tokenizer import open_tokenizer, token_bytes
from training.tokens import CONTROL, PAD

QUEUED_BATCHES = 4


class Batch(NamedTuple):
    """`tokens` is (rows, length + 1); `weights` belong to the tokens from the second on."""

    tokens: NDArray[np.int64]
    weights: NDArray[np.float32]


def make_batch(sampler: Sampler, rows: int, length: int, seed: tuple[int, ...]) -> Batch:
    tokens = np.full((rows, length + 1), PAD, dtype=np.int64)
    weights = np.zeros((rows, length + 1), dtype=np.float32)
    draw = np.random.default_rng(seed)
    for row in range(rows):
        fill_row(sampler, tokens[row], weights[row], draw)
    return Batch(tokens, weights[:, 1:])


def fill_row(
    sampler: Sampler,
    tokens: NDArray[np.int64],
    weights: NDArray[np.float32],
    draw: np.random.Generator,
) -> None:
    """Samples of random size until the row is full; the last bit is plain text."""
    settings, at = sampler.settings, 0
    while at < len(tokens):
        left = len(tokens) - at
        if left < settings.minimum_room:
            sample = sampler.plain(sampler.draw_index(draw), left, draw)
        else:
            # Half of the samples take what is left, the others less: contexts of every length.
            room = (
                left if draw.random() < 0.5 else int(draw.integers(settings.minimum_room, left + 1))
            )
            sample = sampler.sample(room, draw)
        size = len(sample.tokens)
        tokens[at : at + size] = sample.tokens
        weights[at : at + sample.prompt] = settings.context_weight
        weights[at + sample.prompt : at + size] = 1.0
        at += size


def encoder(folder: Path) -> Encode:
    tokenizer = open_tokenizer(folder)
    return lambda text: tokenizer.encode(text, add_special_tokens=False).ids


def documents(folder: Path, part: str) -> Documents:
    lengths = np.array([len(entry) for entry in token_bytes(open_tokenizer(folder))])
    return open_documents(folder / f"{part}.npz", lengths)


def open_sampler(folder: Path, part: str, settings: Samples) -> Sampler:
    return Sampler(documents(folder, part), settings, encoder(folder))


def batches(
    folder: Path,
    settings: Samples,
    shape: tuple[int, int],
    seed: tuple[int, ...],
    *,
    first: int,
    workers: int,
) -> Iterator[Batch]:
    """Endless batches of `shape` (rows, length) from step `first` on, made ahead by workers."""
    if not workers:
        sampler = open_sampler(folder, "train", settings)
        while True:
            yield make_batch(sampler, *shape, (*seed, first))
            first += 1
    context = multiprocessing.get_context("spawn")
    queues: list[Queue[Batch]] = [context.Queue(QUEUED_BATCHES) for _ in range(workers)]
    for number, queue in enumerate(queues):
        task = {"step": first + number, "stride": workers, "queue": queue}
        data = (folder, settings, shape, seed)
        context.Process(target=_work, args=data, kwargs=task, daemon=True).start()
    while True:
        for queue in queues:
            yield queue.get()


def _work(
    folder: Path,
    settings: Samples,
    shape: tuple[int, int],
    seed: tuple[int, ...],
    *,
    step: int,
    stride: int,
    queue: Queue[Batch],
) -> None:
    sampler = open_sampler(folder, "train", settings)
    while True:
        queue.put(make_batch(sampler, *shape, (*seed, step)))
        step += stride


def encode(folder: Path) -> None:
    tokenizer = open_tokenizer(folder)

    def encode_many(texts: list[str]) -> list[list[int]]:
        return [found.ids for found in tokenizer.encode_batch(texts, add_special_tokens=False)]

    for part, valid in (("train", False), ("valid", True)):
        rows = (
            (str(row["path"]), str(row["package"]), str(row["tag"]), str(row["text"]))
            for row in read_corpus(folder)
            if row["valid"] is valid
        )
        print(part, pack(rows, encode_many, folder / f"{part}.npz"), "tokens", flush=True)


def show(folder: Path, count: int) -> None:
    settings = load().decay_samples
    sampler = open_sampler(folder, "valid", settings)
    entries = token_bytes(open_tokenizer(folder))
    draw = np.random.default_rng()
    for _ in range(count):
        sample = sampler.sample(256, draw)
        words = [
            CONTROL[token].encode() if token < len(CONTROL) else entries[token]
            for token in sample.tokens
        ]
        print(b"".join(words).decode(errors="replace"), "\n" + "=" * 80)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=("encode", "show"))
    parser.add_argument("--count", type=int, default=5)
    chosen = parser.parse_args()
    if chosen.command == "encode":
        encode(home())
    else:
        show(home(), chosen.count)


if __name__ == "__main__":
    main()
