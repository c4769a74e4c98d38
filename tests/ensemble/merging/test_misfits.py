"""What cannot be made into one model: one message that says what differs and what still works."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ensemble.merging.recipe import MergeMethod
from tests.ensemble.merging.siblings import (
    Floats,
    make,
    metadata_of,
    noise,
    run,
    write_sibling,
)
from tests.models import LARGE, SMALL

BY_TOKEN = (
    "Speculative decoding, fusion and the other ways to decode in pairs still work, because the "
    "vocabulary is the same, and so do a vote or a cascade: give each model a tier of its own in "
    "`tiers`"
)
BY_TEXT = (
    "A vote, a cascade or routing still work, because they need texts only: give each model a "
    "tier of its own in `tiers`"
)

TOKENS: list[str] = metadata_of(SMALL)["tokenizer.ggml.tokens"]
MERGES: list[str] = metadata_of(SMALL)["tokenizer.ggml.merges"]


def _narrow(name: str, values: Floats) -> Floats:
    return values[:, :96] if name == "blk.1.attn_k.weight" else values


SIBLINGS: dict[str, dict[str, Any]] = {
    "a": {},
    "b": {"change": noise(1)},
    "qwen": {"metadata": {"general.architecture": "qwen2"}},
    "token": {"metadata": {"tokenizer.ggml.tokens": [*TOKENS[:700], "odd", *TOKENS[701:]]}},
    "shorter": {"metadata": {"tokenizer.ggml.tokens": TOKENS[:-1]}},
    "merges": {"metadata": {"tokenizer.ggml.merges": [MERGES[1], MERGES[0], *MERGES[2:]]}},
    "end": {"metadata": {"tokenizer.ggml.eos_token_id": 3}},
    "split": {"metadata": {"tokenizer.ggml.pre": "llama-bpe"}},
    "narrow": {"change": _narrow, "kind": "F16"},
    "heads": {"metadata": {"llama.attention.head_count": 4}},
    "far": {"metadata": {"llama.rope.freq_base": 1e6}},
    "incomplete": {"without": "blk.2.ffn_norm"},
    "deep": {"layers": 4},
    "long": {"metadata": {"llama.context_length": 1024}},
    "part": {"metadata": {"split.count": 2}},
    "adapter": {"metadata": {"general.type": "adapter"}},
    "empty": {"without": ""},
}
"""How each of these files differs from the small embedded model."""

DIFFERENT = {
    "architectures": (
        "a qwen", f"qwen.gguf is of the architecture qwen2, a.gguf of llama. {BY_TOKEN}",
    ),
    "tokens": (
        "a token", f"token 700 is {TOKENS[700]!r} in a.gguf, but 'odd' in token.gguf. {BY_TEXT}",
    ),
    "sizes of vocabularies": (
        "a shorter",
        f"token 4095 is {TOKENS[4095]!r} in a.gguf, but missing in shorter.gguf. {BY_TEXT}",
    ),
    "merges of tokens": (
        "a merges",
        f"merge 0 is {MERGES[0]!r} in a.gguf, but {MERGES[1]!r} in merges.gguf. {BY_TEXT}",
    ),
    "roles of tokens": (
        "a end", f"tokenizer.ggml.eos_token_id is 0 in a.gguf, but 3 in end.gguf. {BY_TEXT}",
    ),
    "splitting of texts": (
        "a split",
        f"tokenizer.ggml.pre is 'qwen2' in a.gguf, but 'llama-bpe' in split.gguf. {BY_TEXT}",
    ),
    "shapes": (
        "a narrow",
        "the tensor blk.1.attn_k.weight is 128 × 128 in a.gguf, but 128 × 96 in narrow.gguf. "
        + BY_TOKEN,
    ),
    "widths": (
        "a large",
        "the tensor token_embd.weight is 4096 × 128 in a.gguf, but 4096 × 256 in large.gguf. "
        + BY_TOKEN,
    ),
    "depths": (
        "a deep",
        f"the tensor blk.3.attn_norm.weight of deep.gguf is missing in a.gguf. {BY_TOKEN}",
    ),
    "tensors": (
        "a incomplete",
        f"the tensor blk.2.ffn_norm.weight of a.gguf is missing in incomplete.gguf. {BY_TOKEN}",
    ),
    "heads": (
        "a heads", f"llama.attention.head_count is 2 in a.gguf, but 4 in heads.gguf. {BY_TOKEN}",
    ),
    "positions": (
        "a far",
        f"llama.rope.freq_base is 10000.0 in a.gguf, but 1000000.0 in far.gguf. {BY_TOKEN}",
    ),
    "the third": (
        "a b heads", f"llama.attention.head_count is 2 in a.gguf, but 4 in heads.gguf. {BY_TOKEN}",
    ),
    "the base": (
        "a b --base=heads",
        f"llama.attention.head_count is 2 in a.gguf, but 4 in heads.gguf. {BY_TOKEN}",
    ),
}  # fmt: skip
"""Models, and what is said of them."""

UNUSABLE = {
    "no file": ("a gone", "gone.gguf: no such model file. Correct the path in the settings."),
    "no model": ("a text", "text.gguf: not a usable model file: it does not begin like a GGUF"),
    "a part": ("part a", "part.gguf: is one part of 2; join them first"),
    "an adapter": ("a adapter", "adapter.gguf: is an adapter, not a model"),
    "a vocabulary": ("a empty", "empty.gguf: not a usable model file: it claims 0 tensors"),
}

WRONG = {
    "no such method": ("a b --method=mix", "--method mix is none of soup, greedy-soup, slerp, "),
    "no such type": ("a b --type=Q9", "--type Q9 is not a type that can be written; choose one of"),
    "one model": ("a", "--method soup needs at least two models"),
    "an arc of three": ("a b a --method=slerp", "slerp goes from one model to another, not throu"),
    "no base": ("a b --method=ties", "--method ties needs --base, the model that the others come"),
    "a base too many": ("a b --base=a --method=soup", "--method soup has no use for --base; task"),
    "too few weights": ("a b a --weights=1,2", "--weights 1,2: 2 weights for 3 models"),
    "weights of nothing": ("a b --weights=0,0", "--weights 0,0: soup takes none below 0, and not"),
    "weights below 0": ("a b --weights=2,-1", "--weights 2,-1: soup takes none below 0"),
    "weights of words": ("a b --weights=1,x", "--weights '1,x' is not a list of numbers such as"),
    "endless weights": ("a b --weights=1,inf", "--weights 1,inf: not every weight is a number"),
    "density of a soup": ("a b --density=0.5", "--density 0.5: ties and dare take one above 0"),
    "density of nothing": (
        "a b --method=dare --base=a --density=0", "--density 0: ties and dare take one above 0",
    ),
    "scale of a soup": ("a b --scale=2", "--scale 2: task, ties and dare take a number"),
    "a greedy soup untasted": ("a b --method=greedy-soup", "--text is what --method greedy-soup"),
    "a text for nothing": ("a b --text=a", "--text is what --method greedy-soup is measured on"),
    "weights of a greedy soup": (
        "a b --method=greedy-soup --text=a --weights=1,2", "greedy-soup weighs its models itself",
    ),
}  # fmt: skip

WRONG_MIXTURES = {
    "one model": ("a", 2, "a mixture of experts needs at least two models"),
    "too few examples": ("a b --prompts=text", 2, "--prompts: 1 for 2 models; give one for each"),
    "too many experts": ("a b --experts-used=3", 2, "--experts-used 3: there are 2 experts"),
    "a choice without examples": (
        "a b --experts-used=1", 2, "without --prompts the router cannot tell the experts apart",
    ),
    "no such examples": ("a b --prompts=gone --prompts=gone", 1, "gone.gguf: cannot be read: No"),
    "examples without text": ("a b --prompts=nothing --prompts=nothing", 1, "nothing.gguf: holds"),
    "another architecture": (
        "qwen qwen", 1,
        "qwen.gguf is of the architecture qwen2, and only siblings of the architecture llama can "
        "be made into a mixture of experts. `coterie models merge` takes any architecture. "
        + BY_TOKEN,
    ),
    "biases": (
        "biased biased", 1,
        "the tensor blk.0.ffn_up.bias of biased.gguf has no place in a mixture of experts, whose "
        "blocks have no biases and no experts of their own. `coterie models merge` takes such "
        "models. " + BY_TOKEN,
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The siblings, and files that are none."""
    place = tmp_path_factory.mktemp("misfits")
    for name, settings in SIBLINGS.items():
        write_sibling(place / f"{name}.gguf", **settings)
    write_sibling(place / "biased.gguf", extra={"blk.0.ffn_up.bias": np.zeros(352, np.float32)})
    (place / "large.gguf").symlink_to(LARGE)
    (place / "text.gguf").write_text("def f():\n    return 1\n")
    (place / "nothing.gguf").write_text(" \n")
    return place


def check(command: str, words: str, folder: Path, code: int, message: str) -> None:
    """Run a command that fails: one line on standard error, and no file."""
    out = folder / "out.gguf"
    result = run(command, *(argument(word, folder) for word in words.split()), "--out", out)
    assert (result.exit_code, result.stdout) == (code, "")
    assert result.stderr.count("\n") == 1
    assert message in result.stderr
    assert not out.exists()


def argument(word: str, folder: Path) -> str:
    """Give the names of files their folder and ending."""
    option, _, value = word.partition("=")
    if not option.startswith("--"):
        return str(folder / f"{word}.gguf")
    is_file = option in ("--base", "--text", "--prompts")
    return f"{option}={folder / value}.gguf" if is_file else word


def with_method(words: str) -> str:
    """Add a method where none is given."""
    if "--method" in words:
        return words
    return f"{words} --method={'task' if '--base' in words else 'soup'}"


@pytest.mark.parametrize(("words", "message"), DIFFERENT.values(), ids=DIFFERENT)
def test_models_that_do_not_fit(words: str, message: str, folder: Path) -> None:
    check("merge", with_method(words), folder, 1, f"coterie: {message}\n")
    check("moe", words, folder, 1, f"coterie: {message}\n")


@pytest.mark.parametrize(("words", "message"), UNUSABLE.values(), ids=UNUSABLE)
def test_files_that_are_no_models(words: str, message: str, folder: Path) -> None:
    check("merge", with_method(words), folder, 1, message)


@pytest.mark.parametrize(("words", "message"), WRONG.values(), ids=WRONG)
def test_what_no_method_does(words: str, message: str, folder: Path) -> None:
    check("merge", with_method(words), folder, 2, message)


@pytest.mark.parametrize(("words", "code", "message"), WRONG_MIXTURES.values(), ids=WRONG_MIXTURES)
def test_what_makes_no_mixture(words: str, code: int, message: str, folder: Path) -> None:
    check("moe", words, folder, code, message)


def test_the_length_of_the_context_is_free(folder: Path, tmp_path: Path) -> None:
    """It says how far a model was trained, not how its weights are arranged."""
    files = (folder / "a.gguf", folder / "long.gguf")
    make("merge", *files, "--method=soup", "--out", tmp_path / "m.gguf")
    assert metadata_of(tmp_path / "m.gguf")["llama.context_length"] == 512


@pytest.mark.parametrize("command", ["merge", "moe"])
def test_the_folder_must_be_there(command: str, folder: Path, tmp_path: Path) -> None:
    files, method = (folder / "a.gguf", folder / "b.gguf"), ["--method=soup"]
    out = tmp_path / "gone" / "m.gguf"
    result = run(command, *files, *(method if command == "merge" else []), "--out", out)
    assert result.exit_code == 1
    assert result.stderr == f"coterie: {out}: there is no folder {out.parent}\n"


@pytest.mark.parametrize("command", ["merge", "moe"])
def test_help_names_every_option_and_method(command: str) -> None:
    said = run(command, "--help").stdout
    options = {
        "merge": [*MergeMethod, "--weights", "--density"],
        "moe": ["--prompts", "--experts-used"],
    }
    for word in (*options[command], "--base", "--type", "--out", "--force"):
        assert word in said
