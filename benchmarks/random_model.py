"""Write a GGUF with the shape of a known model and random weights: right for speed, not for sense.

    python benchmarks/random_model.py VOCABULARY.gguf OUT.gguf [--layers 24] [--width 896] ...

The defaults are the shape of Qwen2.5-Coder-0.5B at Q8_0. The vocabulary is copied from a GGUF that
has one, such as those that `make test` puts into .tools/vocabularies.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Kind

_COPIED = "tokenizer."


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("vocabulary", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--layers", type=int, default=24)
    parser.add_argument("--width", type=int, default=896)
    parser.add_argument("--heads", type=int, default=14)
    parser.add_argument("--kv-heads", type=int, default=2)
    parser.add_argument("--feed-forward", type=int, default=4864)
    parser.add_argument("--context", type=int, default=8192)
    write(parser.parse_args())


def write(shape: argparse.Namespace) -> None:
    """Write a model of the llama architecture with this shape."""
    source = gguf.GGUFReader(shape.vocabulary)
    writer = gguf.GGUFWriter(shape.out, "llama")
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.feed_forward)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kv_heads)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(1e6)
    tokens = _copy_vocabulary(source, writer)
    writer.add_vocab_size(tokens)
    random = np.random.default_rng(0)
    for name, rows, columns in _tensors(shape, tokens):
        if columns == 0:
            writer.add_tensor(name, np.ones(rows, np.float32))
            continue
        values = (random.standard_normal((rows, columns)) * 0.02).astype(np.float32)
        packed = gguf.quants.quantize(values, Kind.Q8_0)
        writer.add_tensor(name, packed, raw_dtype=Kind.Q8_0)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _copy_vocabulary(source: gguf.GGUFReader, writer: gguf.GGUFWriter) -> int:
    """Copy everything that describes the tokens; return how many there are."""
    count = 0
    for name, field in source.fields.items():
        if not name.startswith(_COPIED):
            continue
        kinds = field.types
        value = field.contents()
        if kinds[0] is gguf.GGUFValueType.ARRAY:
            writer.add_array(name, value)
        else:
            writer.add_key_value(name, value, kinds[0])
        if name == "tokenizer.ggml.tokens":
            count = len(value)
    return count


def _tensors(shape: argparse.Namespace, tokens: int) -> Iterator[tuple[str, int, int]]:
    """Yield every tensor's name, rows and columns; columns are 0 for vectors."""
    head = shape.width // shape.heads
    yield "token_embd.weight", tokens, shape.width
    yield "output_norm.weight", shape.width, 0
    for layer in range(shape.layers):
        block = f"blk.{layer}."
        yield block + "attn_norm.weight", shape.width, 0
        yield block + "ffn_norm.weight", shape.width, 0
        yield block + "attn_q.weight", shape.width, shape.width
        yield block + "attn_k.weight", shape.kv_heads * head, shape.width
        yield block + "attn_v.weight", shape.kv_heads * head, shape.width
        yield block + "attn_output.weight", shape.width, shape.width
        yield block + "ffn_gate.weight", shape.feed_forward, shape.width
        yield block + "ffn_up.weight", shape.feed_forward, shape.width
        yield block + "ffn_down.weight", shape.width, shape.feed_forward


if __name__ == "__main__":
    main()
