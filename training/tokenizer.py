"""The tokenizer: byte-level BPE whose tokens may span words but never reach into the next line.

llama.cpp's pre-tokenizer "superbpe" splits only numbers, so merges may join words. Training on
pieces `\\n+[^\\n]*|[^\\n]+` with isolated digits ("nlfull") keeps a newline at a token's start
only: a token may hold a newline, the indentation after it and `return `, and the first token
that begins with a newline ends a line. llama.cpp then finds the same merges without that split.

    python -m training.tokenizer train      tokenizer.json in the training folder
    python -m training.tokenizer compare    bytes per token of both splits, on unseen files
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator
from pathlib import Path

import msgspec
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from training.corpus import read_corpus
from training.settings import Tokenizer as TokenizerSettings
from training.settings import home, load
from training.tokens import CONTROL

QWEN2 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}|"
    r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
"""The published split of Qwen2, for comparison."""

SPLITS = {"nlfull": (r"\n+[^\n]*|[^\n]+", r"\p{N}"), "qwen2": (QWEN2,)}
GGUF_NAMES = {"nlfull": "superbpe", "qwen2": "qwen2"}


def untrained(split: str) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    steps = [pre_tokenizers.Split(Regex(rule), "isolated") for rule in SPLITS[split]]
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([*steps, byte_level])
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def texts(folder: Path, settings: TokenizerSettings) -> Iterator[str]:
    """Random documents, and some of their lines without the newline before them."""
    draw = random.Random(3)
    documents = [str(row["text"]) for row in read_corpus(folder) if not row["valid"]]
    draw.shuffle(documents)
    left = settings.sample_bytes
    for document in documents:
        yield document
        for line in document.split("\n"):
            if draw.random() < settings.headless_share:
                yield line
        left -= len(document)
        if left < 0:
            return


def train(folder: Path, settings: TokenizerSettings) -> Tokenizer:
    tokenizer = untrained(settings.split)
    trainer = trainers.BpeTrainer(
        vocab_size=settings.vocabulary,
        special_tokens=list(CONTROL),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        max_token_length=settings.maximum_token_length,
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts(folder, settings), trainer)
    return tokenizer


def bytes_per_token(tokenizer: Tokenizer, folder: Path) -> float:
    unseen = [str(row["text"]) for row in read_corpus(folder) if row["valid"]]
    encoded = tokenizer.encode_batch(unseen, add_special_tokens=False)
    return sum(len(t.encode()) for t in unseen) / sum(len(e.ids) for e in encoded)


def open_tokenizer(folder: Path) -> Tokenizer:
    """The trained tokenizer, made to read control tokens in source code as ordinary text.

    The library would find them anywhere in a text. Without its list of added tokens they are
    plain characters, as llama.cpp treats them with special parsing off.
    """
    stored = json.loads((folder / "tokenizer.json").read_text())
    stored["added_tokens"] = []
    return Tokenizer.from_str(json.dumps(stored))


def token_bytes(tokenizer: Tokenizer) -> list[bytes]:
    """What each entry stands for; control tokens stand for nothing."""
    alphabet = byte_alphabet()
    entries = sorted(tokenizer.get_vocab().items(), key=lambda entry: entry[1])
    return [
        b"" if text in CONTROL else bytes(alphabet[character] for character in text)
        for text, _ in entries
    ]


def byte_alphabet() -> dict[str, int]:
    """GPT-2's printable stand-in for each byte, reversed."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = [byte for byte in range(256) if byte not in printable]
    table = {chr(byte): byte for byte in printable}
    return table | {chr(256 + place): byte for place, byte in enumerate(rest)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=("train", "compare"))
    chosen = parser.parse_args()
    folder, settings = home(), load().tokenizer
    if chosen.command == "train":
        tokenizer = train(folder, settings)
        tokenizer.save(str(folder / "tokenizer.json"))
        print(f"{settings.split}: {bytes_per_token(tokenizer, folder):.3f} bytes per token")
        return
    for split in SPLITS:
        rival = train(folder, msgspec.structs.replace(settings, split=split))
        print(f"{split}: {bytes_per_token(rival, folder):.3f} bytes per token")


if __name__ == "__main__":
    main()
