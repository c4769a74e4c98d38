"""Merges two siblings in every way and measures what came out on the domains of both.

    python benchmarks/quality/merging.py A.gguf B.gguf --base BASE.gguf
        --examples A_TEXT B_TEXT --heldout A_TEXT B_TEXT [--keep FOLDER] [--tokens N]

A and B were trained from BASE on one domain each. The examples are texts of those domains (files,
folders or .jsonl tasks) that the router of the mixture of experts is fitted to; the held-out texts,
which nothing was trained on or fitted to, are measured. Prints bits per byte on both domains and on
their mix, in which both count equally, as rows for docs/measurements.md, and, as the last line, one
JSON document.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import msgspec

from ensemble.engines.local.file_worker import MOST_TOKENS, measure_loss
from ensemble.merging.merge import merge, open_parents
from ensemble.merging.moe.mixture import build_mixture, default_experts_used
from ensemble.merging.recipe import MergeMethod, recipe_for
from ensemble.merging.texts import read_texts


class Measured(msgspec.Struct, frozen=True):
    """Bits per byte of one model on both domains, and its size in bytes."""

    first: float
    second: float
    bytes: int

    @property
    def mix(self) -> float:
        return (self.first + self.second) / 2


def silent(what: str, done: int, total: int) -> None:
    """Show no progress."""


def make_all(siblings: tuple[Path, Path], base: Path, examples: list[str], folder: Path) -> None:
    """Write every merge of the siblings, and their mixture of experts, into a folder."""
    for method in MergeMethod:
        if method is MergeMethod.GREEDY_SOUP:
            continue
        parents = open_parents(siblings, base if method.needs_base else None)
        recipe = recipe_for(method, len(siblings), has_base=method.needs_base)
        out = folder / f"{method}.gguf"
        merge(parents, recipe, out, wanted_type="", force=True, on_progress=silent)
    for name, shared in (("moe", None), ("moe, shared from the base", base)):
        build_mixture(
            open_parents(siblings, shared), examples, default_experts_used(len(siblings)),
            folder / f"{name}.gguf", wanted_type="", force=True, on_progress=silent,
        )  # fmt: skip


def measured(model: Path, texts: tuple[str, ...], most_tokens: int) -> Measured:
    """Measure one model on both domains."""
    first, second = (loss.bits_per_byte for loss in measure_loss(str(model), texts, most_tokens))
    return Measured(first, second, model.stat().st_size)


def row(name: str, result: Measured) -> str:
    """Return one row for the documentation's table."""
    return (
        f"| {name} | {result.first:.4f} | {result.second:.4f} | {result.mix:.4f} "
        f"| {result.bytes / 1e6:.1f} MB |"
    )


def main() -> None:
    """Merge, measure and print."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    arguments.add_argument("siblings", nargs=2, type=Path, metavar="SIBLING.gguf")
    arguments.add_argument("--base", type=Path, required=True)
    arguments.add_argument("--examples", nargs=2, type=Path, required=True)
    arguments.add_argument("--heldout", nargs=2, type=Path, required=True)
    arguments.add_argument("--keep", type=Path, metavar="FOLDER")
    arguments.add_argument("--tokens", type=int, default=MOST_TOKENS, help="of each text")
    options = arguments.parse_args()
    siblings: tuple[Path, Path] = tuple(options.siblings)
    heldout = tuple(read_texts((path,)) for path in options.heldout)
    examples = [read_texts((path,)) for path in options.examples]
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        make_all(siblings, options.base, examples, folder)
        models = {"base": options.base, "A": siblings[0], "B": siblings[1]}
        models |= {file.stem: file for file in sorted(folder.glob("*.gguf"))}
        print("| model | A's domain | B's domain | mix | size |\n|---|---|---|---|---|")
        results = {}
        for name, model in models.items():
            results[name] = measured(model, heldout, options.tokens)
            print(row(name, results[name]), flush=True)
    print(msgspec.json.encode(results).decode())


if __name__ == "__main__":
    main()
