"""Exact match on one-line holes cut from the held-out packages, by a GGUF file.

    python -m training.evaluate_holes FILE.gguf [--holes 400] [--out runs/NAME/holes.json]

Loss hides what fill-in-the-middle training gains, so checkpoints are chosen by this figure.
Prompts are packed as the product packs them: suffix, prefix, then the head of the current line
behind the middle marker, healed at its last token.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import llama_cpp
import numpy as np
from numpy.typing import NDArray

from training import holes
from training.filters import refusal
from training.settings import home, load
from training.tokens import END, MIDDLE, PREFIX, SUFFIX
from training.wheels import read_wheel

KINDS = ("line_rest", "line_whole")
LONGEST_ANSWER = 48
PREFIX_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class Task:
    kind: str
    before: str
    """The whole lines in front of the hole's line."""
    head: str
    """The hole's line up to the hole."""
    answer: str
    behind: str


class Model:
    """Greedy one-line completion by llama.cpp."""

    def __init__(self, path: Path, threads: int) -> None:
        self.llama = llama_cpp.Llama(
            str(path), n_ctx=0, n_threads=threads, logits_all=False, verbose=False
        )
        self.context = self.llama.n_ctx()
        vocabulary = llama_cpp.llama_model_get_vocab(self.llama.model)
        size = llama_cpp.llama_vocab_n_tokens(vocabulary)
        self.entries = [
            b"" if llama_cpp.llama_vocab_is_control(vocabulary, number) else self.entry(number)
            for number in range(size)
        ]

    def entry(self, number: int) -> bytes:
        return bytes(self.llama.detokenize([number]))

    def encode(self, text: str) -> list[int]:
        return list(self.llama.tokenize(text.encode(), add_bos=False, special=False))

    def prompt(self, task: Task) -> tuple[list[int], bytes]:
        """Tokens that fit the context, and the bytes that the answer must begin with."""
        head = self.encode(task.head)
        forced = self.entries[head.pop()] if head else b""
        room = self.context - LONGEST_ANSWER - len(head) - 4
        prefix, suffix = self.encode(task.before), self.encode(task.behind)
        suffix = suffix[: max(int(room * (1 - PREFIX_SHARE)), room - len(prefix))]
        prefix = prefix[max(0, len(prefix) - (room - len(suffix))) :]
        return [SUFFIX, *suffix, PREFIX, *prefix, MIDDLE, *head], forced

    def complete(self, task: Task) -> str:
        """The rest of the line."""
        tokens, forced = self.prompt(task)
        self.llama.n_tokens = 0
        self.llama.eval(tokens)
        written, owed = b"", forced
        for _ in range(LONGEST_ANSWER):
            token = self.best(owed)
            text = self.entries[token]
            if token == END:
                break
            line, newline, _ = text.partition(b"\n")
            written += line
            if newline and not owed:
                break
            owed = owed[len(text) :]
            self.llama.eval([token])
        return written[len(forced) :].decode(errors="replace")

    def best(self, owed: bytes) -> int:
        """The likeliest token, among those that agree with the bytes still owed."""
        logits = np.ctypeslib.as_array(
            llama_cpp.llama_get_logits_ith(self.llama.ctx, -1), shape=(len(self.entries),)
        )
        return int(np.argmax(self.allow(logits, owed) if owed else logits))

    def allow(self, logits: NDArray[np.float32], owed: bytes) -> NDArray[np.float32]:
        fitting = [
            bool(entry) and (entry.startswith(owed) or owed.startswith(entry))
            for entry in self.entries
        ]
        return np.where(fitting, logits, -np.inf)


def tasks(folder: Path, count: int, seed: int = 11) -> list[Task]:
    """Holes spread evenly over the held-out packages, the same for every model."""
    settings, draw = load().corpus, np.random.default_rng(seed)
    wheels = sorted(folder.glob("*.whl"))
    found = []
    for wheel in wheels:
        texts = [
            source.text
            for source in read_wheel(wheel, "", settings)[1]
            if refusal(source.text, settings) is None
        ]
        for _ in range(count // len(wheels)):
            found.append(task(texts, draw))
    return found


def task(texts: list[str], draw: holes.Draw) -> Task:
    while True:
        text = texts[int(draw.integers(len(texts)))]
        kind = KINDS[int(draw.random() < 0.35)]
        span = holes.KINDS[kind](holes.Lines(text), draw)
        if span is not None:
            break
    head = holes.line_head(text, span.start)
    end = text.find("\n", span.end)
    return Task(
        kind=kind,
        before=text[:head],
        head=text[head : span.start],
        answer=text[span.start : end if end >= 0 else None],
        behind=text[end:] if end >= 0 else "",
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gguf", type=Path)
    parser.add_argument("--holes", type=int, default=400)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", type=Path, help="where model_card.py finds the result")
    parser.add_argument("--show", type=int, default=0, help="print that many answers")
    chosen = parser.parse_args()
    model = Model(chosen.gguf, chosen.threads)
    right, asked = Counter[str](), Counter[str]()
    began = time.monotonic()
    for number, each in enumerate(tasks(home() / "heldout", chosen.holes)):
        answer = model.complete(each)
        asked[each.kind] += 1
        right[each.kind] += answer.rstrip() == each.answer.rstrip()
        if number < chosen.show:
            print(f"{each.head!r} -> {answer!r}, should be {each.answer!r}")
    share = right.total() / asked.total()
    error = (share * (1 - share) / asked.total()) ** 0.5
    print(f"exact {share:.3f} ± {1.96 * error:.3f} of {asked.total()} one-line holes")
    result = {
        "exact": round(share, 4),
        "holes": asked.total(),
        "kinds": {kind: round(right[kind] / asked[kind], 4) for kind in sorted(asked)},
        "seconds": round(time.monotonic() - began, 1),
    }
    print(json.dumps(result))
    if chosen.out:
        chosen.out.write_text(json.dumps(result))


if __name__ == "__main__":
    main()
