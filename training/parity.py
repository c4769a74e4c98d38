"""Does llama.cpp compute what the trainer computes? Logits and token ids, side by side.

    python -m training.parity RUN FILE.gguf [--checkpoint final.pt]

Compares, on unseen files, the ids of both tokenizers and the logits of every position. Exits 1
if an id differs or the logits stray further than the file's precision explains.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import llama_cpp
import numpy as np
import torch
from numpy.typing import NDArray

from training.corpus import read_corpus
from training.data import encoder
from training.distill import open_model
from training.model import Model
from training.settings import home

TEXTS = 40
LONGEST = 256
ODD_TEXTS = (
    "def f(x):\r\n\treturn x\r\n",
    "naïve = 'été' # 漢字 🙂\n\n\n    x = 0x1F + 12345.678e-9\n",
    "\n\n\n",
    "x" * 300 + "\n        return   None   \n",
    "<|fim_middle|> is not a token here\n",
    "٣²½\u00a0\u2028z\n",
)
TOLERANCE = {"f32": 0.02, "f16": 0.1, "quantized": 2.0}
"""The largest difference of two logits; a quantized file is judged by its mean instead."""


def open_llama(path: Path) -> llama_cpp.Llama:
    return llama_cpp.Llama(str(path), n_ctx=LONGEST, n_threads=1, logits_all=True, verbose=False)


def llama_logits(llama: llama_cpp.Llama, tokens: list[int]) -> NDArray[np.float32]:
    llama.n_tokens = 0
    llama.eval(tokens)
    return np.array(llama.scores[: len(tokens)], dtype=np.float32)


@torch.no_grad()
def trainer_logits(model: Model, tokens: list[int]) -> NDArray[np.float32]:
    found: NDArray[np.float32] = model.logits(torch.tensor([tokens]))[0].numpy()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run")
    parser.add_argument("gguf", type=Path)
    parser.add_argument("--checkpoint", default="final.pt")
    parser.add_argument("--type", choices=tuple(TOLERANCE), default="f16")
    chosen = parser.parse_args()
    folder = home()
    encode = encoder(folder)
    llama = open_llama(chosen.gguf)
    model = open_model(folder / "runs" / chosen.run / chosen.checkpoint)
    unseen = (str(row["text"]) for row in read_corpus(folder) if row["valid"])
    texts = [*ODD_TEXTS, *(text for text, _ in zip(unseen, range(TEXTS), strict=False))]
    different = [t for t in texts if llama.tokenize(t.encode(), False, False) != encode(t)]
    worst, total, count, agree = 0.0, 0.0, 0, 0
    for text in texts[:: max(1, len(texts) // 12)]:
        tokens = encode(text)[:LONGEST]
        ours, theirs = trainer_logits(model, tokens), llama_logits(llama, tokens)
        gap = np.abs(ours - theirs)
        worst, total, count = (
            max(worst, float(gap.max())),
            total + float(gap.sum()),
            count + gap.size,
        )
        agree += int((ours.argmax(-1) == theirs.argmax(-1)).sum())
    rows = count // theirs.shape[-1]
    print(f"token ids: {len(texts) - len(different)} of {len(texts)} texts agree")
    print(
        f"logits: largest gap {worst:.4f}, mean {total / count:.5f}; best token {agree} of {rows}"
    )
    for text in different[:3]:
        print(repr(text[:200]))
    raise SystemExit(1 if different or worst > TOLERANCE[chosen.type] else 0)


if __name__ == "__main__":
    main()
