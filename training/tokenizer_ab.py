"""Which tokenizer a small model learns most from: the same text, the same model, each tokenizer.

    python -m training.tokenizer_ab nlfull:8192 qwen2:8192 nlfull:16384

Each arm trains its tokenizer on the same documents, then a model of `AB` on the same bytes in the
same order, as plain text (the published split lets tokens cross lines, so holes would be cut in
another way). Judged are bits per byte of unseen files, which do not depend on the tokenizer, the
seconds that it took, and how many lines of unseen files the model continues word for word. The
result is one line of JSON for each arm, in `tokenizer-ab.jsonl` of the training folder.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Iterator, Sequence
from math import log
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer

from training.corpus import read_corpus
from training.model import Model, parameters
from training.muon import optimizers, scale_rates
from training.precision import products
from training.schedule import decay_share, stable_share
from training.settings import Run, Shape, home, load
from training.tokenizer import token_bytes, train
from training.tokens import END, PAD

AB = Shape(width=256, layers=3, heads=4, kv_heads=2, head_width=64, ff=768)
ROWS, LENGTH = 16, 512
WARMUP_STEPS = 30
UNSEEN_BYTES = 600_000
LINES, CONTEXT, LONGEST = 400, 160, 24
"""Lines that are continued, tokens before each, and tokens that a line may take."""


class Unseen(NamedTuple):
    """What follows is judged on: rows of tokens, and the bytes that their targets stand for."""

    rows: NDArray[np.int64]
    bytes: int


def encoded(tokenizer: Tokenizer, texts: Sequence[str]) -> NDArray[np.int64]:
    ids = [[*found.ids, END] for found in tokenizer.encode_batch(texts, add_special_tokens=False)]
    return np.concatenate([np.array(part, dtype=np.int64) for part in ids])


def in_rows(tokens: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rows of LENGTH + 1 tokens; the last token of a row is the first of the next."""
    count = (len(tokens) - 1) // LENGTH
    starts = np.arange(count)[:, None] * LENGTH
    rows: NDArray[np.int64] = tokens[starts + np.arange(LENGTH + 1)[None, :]]
    return rows


def up_to(texts: Sequence[str], limit: int) -> Iterator[str]:
    for text in texts:
        if limit <= 0:
            return
        yield text
        limit -= len(text.encode())


def learn(model: Model, rows: NDArray[np.int64], run: Run) -> float:
    """One pass, with a rate that falls to nothing from the first third on; the seconds taken."""
    chosen, steps, began = optimizers(model, run), len(rows) // ROWS, time.monotonic()
    forward = torch.compile(model)
    weights = torch.ones(ROWS, LENGTH)
    for step in range(steps):
        falling = decay_share(max(0.0, step / steps - 1 / 3) * 1.5, run.final_rate_share)
        scale_rates(chosen, min(stable_share(step, WARMUP_STEPS), falling))
        batch = torch.from_numpy(rows[step * ROWS : (step + 1) * ROWS])
        with products("cpu"):
            loss = forward(batch[:, :-1], batch[:, 1:], weights) / weights.numel()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), run.clip)
        for optimizer in chosen:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
    return time.monotonic() - began


@torch.no_grad()
def bits_per_byte(model: Model, unseen: Unseen) -> float:
    total = 0.0
    for start in range(0, len(unseen.rows), ROWS):
        batch = torch.from_numpy(unseen.rows[start : start + ROWS])
        targets = batch[:, 1:]
        with products("cpu"):
            total += float(model(batch[:, :-1], targets, torch.ones(targets.shape)))
    return total / log(2) / unseen.bytes


def lines_to_continue(texts: Sequence[str]) -> list[tuple[str, str]]:
    """Pairs of a text that ends before a newline, and the next line that is not blank."""
    draw, found = random.Random(5), []
    for text in texts:
        lines = text.split("\n")
        for number in range(10, len(lines)):
            if lines[number].strip() and draw.random() < 0.02:
                before = "\n".join(lines[:number]).rstrip("\n")
                found.append((before[-4000:], lines[number]))
    draw.shuffle(found)
    return found[:LINES]


@torch.no_grad()
def exact_lines(
    model: Model, tokenizer: Tokenizer, split: str, lines: Sequence[tuple[str, str]]
) -> float:
    """The share of lines that the likeliest tokens continue word for word.

    Where tokens may end in newlines, the prompt holds the newline, as any engine would send it;
    where they begin with it, the model writes it.
    """
    entries = token_bytes(tokenizer)
    ending = "" if split == "nlfull" else "\n"
    prompts = [tokenizer.encode(text + ending, add_special_tokens=False).ids for text, _ in lines]
    right = 0
    for start in range(0, len(lines), 2 * ROWS):
        some = [ids[-CONTEXT:] for ids in prompts[start : start + 2 * ROWS]]
        written = continued(model, some)
        for ids, (_, line) in zip(written, lines[start : start + 2 * ROWS], strict=True):
            text = b"".join(entries[token] for token in ids).decode(errors="replace")
            right += text.lstrip("\n").split("\n")[0] == line
    return right / len(lines)


def continued(model: Model, prompts: list[list[int]]) -> list[list[int]]:
    """The likeliest LONGEST tokens behind each prompt."""
    rows = torch.full((len(prompts), CONTEXT + LONGEST), PAD)
    ends = torch.tensor([len(ids) for ids in prompts])
    for row, ids in enumerate(prompts):
        rows[row, : len(ids)] = torch.tensor(ids)
    every = torch.arange(len(prompts))
    for step in range(LONGEST):
        with products("cpu"):
            hidden = model.hidden(rows[:, : CONTEXT + step])[every, ends + step - 1]
            rows[every, ends + step] = (hidden @ model.token_embd.weight.T).argmax(-1)
    return [rows[row, end : end + LONGEST].tolist() for row, end in enumerate(ends.tolist())]


def drawn(folder: Path, megabytes: float) -> tuple[list[str], list[str]]:
    """The texts that every arm reads, and unseen ones that it is judged on."""
    documents = [(bool(row["valid"]), str(row["text"])) for row in read_corpus(folder)]
    random.Random(11).shuffle(documents)
    seen = up_to([text for valid, text in documents if not valid], int(megabytes * 1e6))
    return list(seen), list(up_to([text for valid, text in documents if valid], UNSEEN_BYTES))


def arm(name: str, folder: Path, seen: list[str], unseen: list[str]) -> dict[str, object]:
    split, _, vocabulary = name.partition(":")
    settings = load()
    chosen = msgspec.structs.replace(
        settings.tokenizer, split=split, vocabulary=int(vocabulary), sample_bytes=20_000_000
    )
    tokenizer = train(folder, chosen)
    rows = in_rows(encoded(tokenizer, unseen))
    entries = np.array([len(entry) for entry in token_bytes(tokenizer)])
    judged = Unseen(rows, int(entries[rows[:, 1:]].sum()))
    torch.manual_seed(1)
    model = Model(AB, int(vocabulary))
    learned = in_rows(encoded(tokenizer, seen))
    seconds = learn(model, learned, settings.runs["cpu-small"])
    return {
        "tokenizer": name,
        "parameters": parameters(model),
        "tokens": int(learned[:, 1:].size),
        "bytes_per_token": round(float(entries[rows[:, 1:]].mean()), 3),
        "seconds": round(seconds),
        "bits_per_byte": round(bits_per_byte(model, judged), 4),
        "exact_lines": round(exact_lines(model, tokenizer, split, lines_to_continue(unseen)), 4),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("arms", nargs="+", metavar="SPLIT:ENTRIES")
    parser.add_argument("--megabytes", type=float, default=10.0)
    parser.add_argument("--threads", type=int, default=2)
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    folder = home()
    seen, unseen = drawn(folder, chosen.megabytes)
    for name in chosen.arms:
        found = {"megabytes": chosen.megabytes} | arm(name, folder, seen, unseen)
        result = json.dumps(found)
        print(result, flush=True)
        with (folder / "tokenizer-ab.jsonl").open("a") as out:
            out.write(result + "\n")


if __name__ == "__main__":
    main()
