"""`coterie models merge` on real files: what stays, what is computed, what the result says."""

from __future__ import annotations

import hashlib
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from ensemble.merging import methods, writing
from ensemble.merging.merge import merge, open_parents
from ensemble.merging.recipe import MergeMethod, recipe_for
from tests.ensemble.merging.siblings import (
    make,
    metadata_of,
    noise,
    run,
    stored,
    values_of,
    write_sibling,
)
from tests.models import LARGE, SMALL

DIRECT = ("F32", "F16", "BF16", "Q8_0", "Q4_0")
INTERPOLATIONS = ("soup", "slerp")


@pytest.fixture(scope="module")
def family(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A base, and two models that changed it, all in single precision."""
    folder = tmp_path_factory.mktemp("family")
    return {
        "base": write_sibling(folder / "base.gguf", kind="F32"),
        "a": write_sibling(folder / "a.gguf", noise(1), kind="F32"),
        "b": write_sibling(folder / "b.gguf", noise(2), kind="F32"),
    }


@pytest.mark.parametrize("method", INTERPOLATIONS)
@pytest.mark.parametrize("kind", DIRECT)
def test_merging_a_model_with_itself_gives_that_model(
    kind: str, method: str, tmp_path: Path
) -> None:
    model, out = write_sibling(tmp_path / "a.gguf", noise(1), kind=kind), tmp_path / "m.gguf"
    make("merge", model, model, "--method", method, "--out", out)
    assert stored(out) == stored(model)


@pytest.mark.parametrize("method", INTERPOLATIONS)
@pytest.mark.parametrize("kind", DIRECT)
def test_nothing_is_lost_where_tensors_are_computed(kind: str, method: str, tmp_path: Path) -> None:
    """The same values in two types, so that no tensor can be copied."""
    model = write_sibling(tmp_path / "a.gguf", noise(1), kind=kind)
    twin_kind = "F16" if kind == "F32" else "F32"
    source = write_sibling(tmp_path / "half.gguf", noise(1), kind="F16") if kind == "F32" else model
    first = write_sibling(tmp_path / "first.gguf", source=source, kind=kind)
    twin = write_sibling(tmp_path / "twin.gguf", source=source, kind=twin_kind)
    out = tmp_path / "m.gguf"
    make("merge", first, twin, "--method", method, "--type", kind, "--out", out)
    assert stored(out) == stored(first)


def test_a_k_quant_merged_with_itself_is_not_quantized_again(tmp_path: Path) -> None:
    model, out = tmp_path / "k.gguf", tmp_path / "m.gguf"
    make("merge", SMALL, SMALL, "--method", "soup", "--type", "Q4_K_M", "--out", model)
    make("merge", model, model, "--method", "slerp", "--out", out)
    assert stored(out) == stored(model)
    assert metadata_of(out)["general.file_type"] == 15


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (
            ("--method", "soup", "--weights", "3,1"),
            lambda name, base, a, b: methods.soup((a, b), (3, 1)),
        ),
        (
            ("--method", "slerp", "--weights", "3,1"),
            lambda name, base, a, b: methods.slerp(a, b, 0.25),
        ),
        (
            ("--method", "slerp", "--weights", "0.3"),
            lambda name, base, a, b: methods.slerp(a, b, 0.3),
        ),
        (
            ("--method", "task", "--base", "base", "--weights", "0.5,-0.25", "--scale", "2"),
            lambda name, base, a, b: base + (a - base) - 0.5 * (b - base),
        ),
        (
            ("--method", "task", "--base", "base"),
            lambda name, base, a, b: base + 0.4 * (a - base) + 0.4 * (b - base),
        ),
        (
            ("--method", "ties", "--base", "base", "--density", "0.3", "--scale", "0.5"),
            lambda name, base, a, b: methods.ties(base, (a, b), (1, 1), 0.3, 0.5),
        ),
        (
            ("--method", "dare", "--base", "base", "--seed", "5", "--weights", "0.7"),
            lambda name, base, a, b: methods.dare(base, (a, b), (0.7, 0.7), 0.5, 5, name),
        ),
    ],
    ids=lambda case: " ".join(case) if isinstance(case, tuple) else "",
)
def test_every_tensor_is_what_the_method_makes_of_it(
    arguments: tuple[str, ...],
    expected: object,
    family: dict[str, Path],
    tmp_path: Path,
) -> None:
    assert callable(expected)
    out = tmp_path / "m.gguf"
    options = [family.get(argument, argument) for argument in arguments]
    make("merge", family["a"], family["b"], *options, "--out", out)
    base, first, second, merged = (
        values_of(path) for path in (family["base"], family["a"], family["b"], out)
    )
    assert list(merged) == list(first)
    for name, values in merged.items():
        wanted = expected(name, base[name], first[name], second[name])
        np.testing.assert_allclose(values, wanted, rtol=1e-5, atol=1e-6, err_msg=name)


@pytest.mark.parametrize("kind", ["Q3_K_M", "Q6_K", "IQ4_XS"])
def test_any_quantization_is_read_and_written(kind: str, tmp_path: Path) -> None:
    """The large model's rows are long enough for blocks of 256."""
    quantized, out = tmp_path / "k.gguf", tmp_path / "m.gguf"
    make("merge", LARGE, LARGE, "--method", "soup", "--type", kind, "--out", quantized)
    make("merge", quantized, LARGE, "--method", "soup", "--out", out)
    before, after = values_of(quantized), values_of(out)
    original = values_of(LARGE)
    for name, values in after.items():
        mean = (before[name] + original[name]) / 2
        np.testing.assert_allclose(values, mean, rtol=1e-3, atol=1e-4, err_msg=name)
    assert metadata_of(out)["general.file_type"] == 1, "two types make F16"


def test_the_result_says_what_it_was_made_from(family: dict[str, Path], tmp_path: Path) -> None:
    other = write_sibling(
        tmp_path / "b.gguf", noise(2), kind="F32",
        metadata={
            "general.license": "Apache-2.0",
            "general.name": "other",
            "general.source.url": "somewhere",
            "coterie.fim.order": "prefix-suffix-middle",
        },
    )  # fmt: skip
    out = tmp_path / "m.gguf"
    options = ("--base", family["base"], "--weights", "0.5", "--seed", 9)
    make("merge", family["a"], other, "--method", "dare", *options, "--type", "BF16", "--out", out)
    said = metadata_of(out)
    expected = {
        "general.name": "m",
        "general.architecture": "llama",
        "general.file_type": 32,
        "general.license": "MIT AND Apache-2.0",
        "general.base_model.count": 2,
        "general.base_model.0.name": "coterie-standin-small",
        "general.base_model.0.sha256": hashlib.sha256(family["a"].read_bytes()).hexdigest(),
        "general.base_model.1.name": "other",
        "general.base_model.1.url": "somewhere",
        "general.base_model.1.sha256": hashlib.sha256(other.read_bytes()).hexdigest(),
        "coterie.merge.method": "dare",
        "coterie.merge.weights": [0.5, 0.5],
        "coterie.merge.density": 0.5,
        "coterie.merge.seed": 9,
        "coterie.merge.base.sha256": hashlib.sha256(family["base"].read_bytes()).hexdigest(),
    }
    assert {key: said.get(key) for key in expected} == expected
    assert "coterie.fim.order" not in said, "the models do not agree on it"
    assert said["coterie.train.context"] == 512
    vocabulary = [key for key in metadata_of(SMALL) if key.startswith("tokenizer.")]
    original = metadata_of(SMALL)
    assert {key: said[key] for key in vocabulary} == {key: original[key] for key in vocabulary}


@pytest.fixture(scope="module")
def shallow_and_deep(tmp_path_factory: pytest.TempPathFactory) -> list[list[Path]]:
    """Two models and their base, with two layers, and with eight."""
    folder = tmp_path_factory.mktemp("depth")
    return [
        [
            write_sibling(folder / f"{layers}-{seed}.gguf", noise(seed), layers=layers)
            for seed in range(3)
        ]
        for layers in (2, 8)
    ]


@pytest.mark.parametrize("method", [MergeMethod.SLERP, MergeMethod.TIES, MergeMethod.DARE])
def test_memory_does_not_grow_with_the_model(
    method: MergeMethod, shallow_and_deep: list[list[Path]], tmp_path: Path
) -> None:
    """A few copies of the largest tensor are needed, however many layers there are."""
    peaks = [peak_memory(method, files, tmp_path / "m.gguf") for files in shallow_and_deep]
    largest = values_of(SMALL)["token_embd.weight"].nbytes
    assert peaks[1] < peaks[0] + largest / 4
    assert peaks[1] < 10 * largest


def peak_memory(method: MergeMethod, files: list[Path], out: Path) -> int:
    """Return the most bytes that a merge of two models and their base holds at once."""
    a, b, base = files
    parents = open_parents((a, b), base if method.needs_base else None)
    recipe = recipe_for(method, 2, has_base=method.needs_base)
    tracemalloc.start()
    try:
        merge(
            parents, recipe, out,
            wanted_type="Q8_0", force=True, on_progress=lambda *_: None,
        )  # fmt: skip
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_what_is_there_is_not_written_over(family: dict[str, Path], tmp_path: Path) -> None:
    out = tmp_path / "m.gguf"
    out.write_text("mine")
    arguments = ("merge", family["a"], family["b"], "--method", "soup", "--out", out)
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"coterie: {out}: is there already; --force writes over it\n"
    assert out.read_text() == "mine"
    make(*arguments, "--force")
    assert stored(out)


def test_a_failure_leaves_what_was_there_and_nothing_else(
    family: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    out = tmp_path / "m.gguf"
    out.write_text("mine")
    monkeypatch.setattr(writing, "_write_tensor", fail)
    result = run("merge", family["a"], family["b"], "--method=soup", "--force", "--out", out)
    assert result.exit_code == 1
    assert result.stderr == f"coterie: {out}: cannot be written: No space left on device\n"
    assert out.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [out]


def test_the_progress_is_that_of_the_bytes(family: dict[str, Path], tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    merge(
        open_parents((family["a"], family["b"]), None),
        recipe_for(MergeMethod.SOUP, 2, has_base=False),
        tmp_path / "m.gguf", wanted_type="", force=False,
        on_progress=lambda *step: seen.append(step),
    )  # fmt: skip
    done = [step[1] for step in seen]
    assert done == sorted(done)
    assert [name for name, *_ in seen[:-1]] == list(stored(family["a"]))
    assert seen[-1][1] == seen[-1][2] == sum(len(data) for _, data in stored(family["a"]).values())
