"""The recipe's numbers, read from settings.toml, and where a machine keeps what it makes."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Annotated, Literal

import msgspec

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
HoleKind = Literal["line_rest", "line_whole", "syntax", "block", "random_span", "empty"]


class Corpus(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which files become text to train on. Lengths are in characters, sizes in bytes."""

    languages: tuple[str, ...]
    licenses: tuple[str, ...]
    license_of_python: dict[str, str]
    """For wheels whose expression also covers bundled libraries: that of the Python files."""
    package_share: Share
    test_share: Share
    valid_share: Share
    minimum_bytes: int
    maximum_bytes: int
    maximum_line: int
    maximum_mean_line: int
    minimum_alphanumeric: Share
    near_duplicate: Share
    shingle_tokens: int
    shingle_limit: int
    shingle_share: Share


class Tokenizer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`split` names a rule of tokenizer.py; `maximum_token_length` counts characters."""

    vocabulary: int
    split: Literal["nlfull", "qwen2"]
    maximum_token_length: int
    headless_share: Share
    sample_bytes: int


class Samples(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How documents become training samples; the shares of `holes` add up to one."""

    holes: dict[HoleKind, float]
    fim_rate: Share
    suffix_first: Share
    head_in_middle: Share
    no_suffix: Share
    suffix_lines: int
    header_literal: Share
    header_real: Share
    sibling_rate: Share
    piecewise: Share
    minimum_room: int
    function_rate: Share = 0.0
    doctest_weight: float = 1.0
    favored: tuple[str, ...] = ()
    """Packages of a sibling's domain; if any are named, all others weigh `other_weight`."""
    other_weight: Share = 0.15
    context_weight: Share = 1.0
    """The weight of the loss on prompt tokens; middle and end always weigh 1."""


class Shape(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A llama-architecture decoder with tied embeddings."""

    width: int
    layers: int
    heads: int
    kv_heads: int
    head_width: int
    ff: int
    rope_base: float = 10000.0
    norm_eps: float = 1e-5


class Run(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a shape is trained. `length` and the batches count tokens, `micro_batch` rows."""

    model: str
    length: int
    micro_batch: int
    batch_tokens: int
    decay_length: int
    tokens: int
    grown_from: str = ""
    """The run whose latest stable checkpoint it begins with, stacked; "" begins from nothing."""
    decay_batch_tokens: int = 0
    warmup_steps: int = 200
    muon_rate: float = 0.02
    muon_decay: float = 0.05
    embedding_rate: float = 0.006
    norm_rate: float = 0.01
    final_rate_share: float = 0.02
    average_share: float = 0.15
    """The last part of the decay whose weights are averaged."""
    clip: float = 1.0
    checkpoint_seconds: int = 240
    validate_steps: int = 250
    milestone_tokens: int = 10_000_000
    """A checkpoint of the stable phase is kept for good each time this many tokens have passed."""
    compile: bool = False
    workers: int = 0
    seed: int = 1


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    corpus: Corpus
    tokenizer: Tokenizer
    samples: Samples
    decay_samples: Samples
    domains: dict[str, tuple[str, ...]]
    models: dict[str, Shape]
    runs: dict[str, Run]


def load(path: Path | None = None) -> Settings:
    """Reads and validates; raises msgspec.ValidationError, which names the key at fault."""
    source = path or Path(__file__).with_name("settings.toml")
    return msgspec.convert(tomllib.loads(source.read_text()), Settings)


def home() -> Path:
    """The folder for corpus, checkpoints and logs, outside the repository: they outlive it."""
    named = os.environ.get("COTERIE_TRAINING", "")
    folder = Path(named) if named else Path.home() / "coterie-training"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
