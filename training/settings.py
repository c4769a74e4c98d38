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
    """Which files become text to train on."""

    languages: tuple[str, ...]
    """The ends of file names that are read, such as `.py`."""
    licenses: tuple[str, ...]
    """The licenses, by their beginnings, that a package may have."""
    license_of_python: dict[str, str]
    """For wheels whose license expression also covers bundled libraries: the license of the Python
    files, by package."""
    package_share: Share
    """The largest share of the corpus that one package may hold."""
    test_share: Share
    """The largest share of the corpus that test files may hold."""
    valid_share: Share
    """The share of whole files that is kept out, for the loss on unseen text."""
    minimum_bytes: int
    """The least characters of a file."""
    maximum_bytes: int
    """The most characters of a file."""
    maximum_line: int
    """The most characters of a line; longer ones are data, or minified."""
    maximum_mean_line: int
    """The most characters of a file's lines in the mean."""
    minimum_alphanumeric: Share
    """The least share of letters and digits."""
    near_duplicate: Share
    """The Jaccard similarity of runs of lines, estimated by MinHash, at which a file counts as a
    duplicate."""
    shingle_tokens: int
    """The length, in tokens, of the runs by which held-out text is recognized."""
    shingle_limit: int
    """How many distinctive runs shared with a held-out task condemn a file."""
    shingle_share: Share
    """Which share of a file's runs, found in a held-out package, condemns it."""


class Tokenizer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the tokenizer is trained."""

    vocabulary: int
    """The number of tokens, control tokens included."""
    split: Literal["nlfull", "qwen2"]
    """The rule of `training/tokenizer.py` by which text is divided before tokens are learned."""
    maximum_token_length: int
    """The most characters of a token."""
    headless_share: Share
    """The share of lines that are fed without the newline before them, as middles begin."""
    sample_bytes: int
    """How much text the tokenizer is trained on."""


class Samples(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How documents become training samples. Rates and shares are drawn for each sample."""

    holes: dict[HoleKind, float]
    """How often a hole is of each kind; the shares add up to one."""
    fim_rate: Share
    """The share of samples that are holes; the others are plain text."""
    suffix_first: Share
    """The share of holes in the order suffix-prefix-middle; the others are prefix-suffix-middle."""
    head_in_middle: Share
    """The share of holes whose middle begins at the head of the line that they begin in."""
    no_suffix: Share
    """The share of holes without any text after them."""
    suffix_lines: int
    """The most lines after a hole; the number is drawn evenly."""
    header_literal: Share
    """The share of holes under the file headings that llama-server writes, with its own names."""
    header_real: Share
    """The share of holes under file headings with real names; the others have no heading."""
    sibling_rate: Share
    """The share of those with a heading that are given one to three snippets of sibling files."""
    piecewise: Share
    """The share of holes whose context is encoded in groups of lines, as the product cuts prompts.
    """
    minimum_room: int
    """The tokens left in a row below which it is filled with plain text."""
    function_rate: Share = 0.0
    """The share of holes for which one function stands for the whole document."""
    doctest_weight: float = 1.0
    """How much more often files with doctests, or of a tagged package, are drawn."""
    favored: tuple[str, ...] = ()
    """The packages of a sibling's domain; if any are named, all others weigh `other_weight`."""
    other_weight: Share = 0.15
    """The weight of a package that is not favored."""
    context_weight: Share = 1.0
    """The weight of the loss on prompt tokens; middle and end always weigh 1."""


class Shape(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A decoder of the llama architecture with tied embeddings."""

    width: int
    """The width of the residual stream and of the embeddings."""
    layers: int
    """The number of blocks."""
    heads: int
    """The number of query heads."""
    kv_heads: int
    """The number of key and value heads, which groups of query heads share."""
    head_width: int
    """The width of one head."""
    ff: int
    """The width inside the feed-forward block (SwiGLU)."""
    rope_base: float = 10000.0
    """The base of the rotary position embeddings' frequencies."""
    norm_eps: float = 1e-5
    """What RMSNorm adds to the mean square."""


class Run(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a shape is trained."""

    model: str
    """The shape's name."""
    length: int
    """The tokens of a row in the stable phase."""
    micro_batch: int
    """The rows of that length that are computed at once."""
    batch_tokens: int
    """The tokens of one optimizer step."""
    decay_length: int
    """The tokens of a row in a decay."""
    tokens: int
    """The tokens of the whole stable phase."""
    grown_from: str = ""
    """The run whose latest stable checkpoint the model begins with, stacked; "" begins from
    nothing."""
    decay_batch_tokens: int = 0
    """The tokens of one optimizer step in a decay; 0 for those of the stable phase."""
    warmup_steps: int = 200
    """The steps in which the learning rates rise to their value."""
    muon_rate: float = 0.02
    """The learning rate of matrices, which Muon optimizes."""
    muon_decay: float = 0.05
    """The weight decay of matrices."""
    embedding_rate: float = 0.006
    """The learning rate of the embeddings, which AdamW optimizes."""
    norm_rate: float = 0.01
    """The learning rate of the norms' scales, which AdamW optimizes."""
    final_rate_share: float = 0.02
    """The share of the learning rates that is left at the end of a decay."""
    average_share: float = 0.15
    """The last part of the decay whose weights are averaged."""
    clip: float = 1.0
    """The largest norm of the gradient."""
    checkpoint_seconds: int = 240
    """The seconds from one checkpoint to the next."""
    validate_steps: int = 250
    """The steps from one measurement on unseen text to the next."""
    milestone_tokens: int = 10_000_000
    """A checkpoint of the stable phase is kept for good each time this many tokens have passed."""
    compile: bool = False
    """Whether the model is compiled by torch."""
    workers: int = 0
    """The processes that make batches; 0 makes them in the training process."""
    seed: int = 1
    """The seed of the weights and of the samples."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole of settings.toml."""

    corpus: Corpus
    """Which files become text to train on."""
    tokenizer: Tokenizer
    """How the tokenizer is trained."""
    samples: Samples
    """The samples of the stable phase."""
    decay_samples: Samples
    """The samples of a decay."""
    domains: dict[str, tuple[str, ...]]
    """The packages of each sibling's domain."""
    models: dict[str, Shape]
    """The shapes, by name."""
    runs: dict[str, Run]
    """The runs, by name."""


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
