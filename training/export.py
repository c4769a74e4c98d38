"""Writes a checkpoint as GGUF, with everything a fill-in-the-middle client needs to know.

    python -m training.export RUN OUT.gguf [--checkpoint final.pt] [--name coterie-small]

RUN is a folder under runs/: a decay's final.pt or any checkpoint of a stable phase.

Floating-point 16 by default; quantize.py makes the smaller files from it.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import gguf
import msgspec
import numpy as np
import torch

from training import checkpoint
from training.settings import Settings, Shape, home, load
from training.tokenizer import GGUF_NAMES
from training.tokens import CONTROL, END, FILE, MIDDLE, PAD, PREFIX, REPO, SUFFIX

ORDER = "suffix-prefix-middle"
TYPES = {"f32": gguf.LlamaFileType.ALL_F32, "f16": gguf.LlamaFileType.MOSTLY_F16}


def add_shape(writer: gguf.GGUFWriter, shape: Shape, vocabulary: int, context: int) -> None:
    writer.add_context_length(context)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.ff)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kv_heads)
    writer.add_key_length(shape.head_width)
    writer.add_value_length(shape.head_width)
    writer.add_rope_dimension_count(shape.head_width)
    writer.add_rope_freq_base(shape.rope_base)
    writer.add_layer_norm_rms_eps(shape.norm_eps)
    writer.add_vocab_size(vocabulary)


def add_tokenizer(writer: gguf.GGUFWriter, path: Path, split: str) -> None:
    stored = json.loads(path.read_text())["model"]
    entries = sorted(stored["vocab"], key=stored["vocab"].__getitem__)
    kinds = [
        gguf.TokenType.CONTROL if number < len(CONTROL) else gguf.TokenType.NORMAL
        for number in range(len(entries))
    ]
    merges = [pair if isinstance(pair, str) else " ".join(pair) for pair in stored["merges"]]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(GGUF_NAMES[split])
    writer.add_token_list(entries)
    writer.add_token_types(kinds)
    writer.add_token_merges(merges)
    writer.add_bos_token_id(END)
    writer.add_eos_token_id(END)
    writer.add_pad_token_id(PAD)
    writer.add_add_bos_token(False)
    fim = {"pre": PREFIX, "suf": SUFFIX, "mid": MIDDLE, "pad": PAD, "rep": REPO, "sep": FILE}
    for key, token in fim.items():
        writer.add_uint32(f"tokenizer.ggml.fim_{key}_token_id", token)


def add_tensors(writer: gguf.GGUFWriter, weights: dict[str, torch.Tensor], kind: str) -> None:
    """Matrices in half precision, vectors in full: llama.cpp's names are the trainer's."""
    for name, weight in weights.items():
        values = weight.detach().float().numpy()
        writer.add_tensor(
            name, values.astype(np.float16) if kind == "f16" and values.ndim > 1 else values
        )


def sum_of_tokens(progress: dict[str, int]) -> int:
    return progress["before"] + progress["tokens"]


def export(
    source: Path,
    tokenizer: Path,
    out: Path,
    settings: Settings,
    *,
    name: str,
    kind: str,
) -> None:
    state = checkpoint.read(source)
    shape, context = msgspec.convert(state["shape"], Shape), state["length"]
    writer = gguf.GGUFWriter(out, "llama")
    writer.add_name(name)
    writer.add_license("MIT")
    writer.add_languages(["en"])
    writer.add_tags(["code", "python", "fill-in-the-middle"])
    writer.add_string("coterie.fim.order", ORDER)
    writer.add_uint32("coterie.train.context", context)
    writer.add_uint64("coterie.train.tokens", sum_of_tokens(state["progress"]))
    writer.add_file_type(TYPES[kind])
    add_shape(writer, shape, state["vocabulary"], context)
    add_tokenizer(writer, tokenizer, settings.tokenizer.split)
    add_tensors(writer, state["model"], kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run")
    parser.add_argument("out", type=Path)
    parser.add_argument("--checkpoint", default="final.pt")
    parser.add_argument("--name", default="")
    parser.add_argument("--type", choices=tuple(TYPES), default="f16")
    chosen = parser.parse_args()
    settings, folder = load(), home()
    source = folder / "runs" / chosen.run / chosen.checkpoint
    name = chosen.name or f"coterie-{chosen.run}"
    export(
        source,
        folder / "tokenizer.json",
        chosen.out,
        settings,
        name=name,
        kind=chosen.type,
    )
    print(f"{chosen.out}: {chosen.out.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
