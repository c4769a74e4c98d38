"""Quantizes a GGUF file with llama.cpp's own quantizer.

    python -m training.quantize IN.gguf OUT.gguf --type q8_0

The tied embedding is the tensor that suffers most, so it stays at Q8_0 in every type. K-quants
need rows of a multiple of 256; llama.cpp falls back where a row is not.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import llama_cpp

TYPES = {
    "q8_0": llama_cpp.LLAMA_FTYPE_MOSTLY_Q8_0,
    "q6_k": llama_cpp.LLAMA_FTYPE_MOSTLY_Q6_K,
    "q5_k_m": llama_cpp.LLAMA_FTYPE_MOSTLY_Q5_K_M,
    "q4_k_m": llama_cpp.LLAMA_FTYPE_MOSTLY_Q4_K_M,
}
GGML_TYPE_Q8_0 = 8


def quantize(source: Path, out: Path, kind: str, threads: int = 2) -> None:
    settings = llama_cpp.llama_model_quantize_default_params()
    settings.nthread = threads
    settings.ftype = TYPES[kind]
    settings.token_embedding_type = GGML_TYPE_Q8_0
    failed = llama_cpp.llama_model_quantize(str(source).encode(), str(out).encode(), settings)
    if failed:
        raise RuntimeError(f"llama.cpp could not quantize {source} to {kind}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--type", choices=tuple(TYPES), default="q8_0")
    chosen = parser.parse_args()
    quantize(chosen.source, chosen.out, chosen.type)
    print(f"{chosen.out}: {chosen.out.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
