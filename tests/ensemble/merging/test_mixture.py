"""`coterie models moe`: a mixture of experts that plain llama.cpp runs, and whose routers route."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import gguf
import numpy as np
import pytest
from typer.testing import CliRunner

from ensemble.engines.local.file_worker import measure_loss
from ensemble.inference.files.moe_gate import probabilities
from ensemble.inference.files.moe_router_inputs import record_router_inputs
from lsp_server.__main__ import app
from tests.ensemble.merging.domains import python_text, table_text, write_examples
from tests.ensemble.merging.siblings import (
    Floats,
    make,
    metadata_of,
    noise,
    run,
    stored,
    values_of,
    write_sibling,
)
from tests.models import SMALL

PARTS = ("gate", "up", "down")
LAYERS = 3


class Mixed(NamedTuple):
    """A mixture, what its command said, and its siblings."""

    path: Path
    said: str
    siblings: tuple[Path, Path]


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Mixed:
    """A mixture of two siblings whose experts and attention differ."""
    folder = tmp_path_factory.mktemp("mixture")
    siblings = (
        write_sibling(folder / "a.gguf"),
        write_sibling(folder / "b.gguf", noise(1, 0.1)),
    )
    prompts = [f"--prompts={file}" for file in write_examples(folder)]
    result = run("moe", *siblings, *prompts, "--out", folder / "e.gguf")
    assert result.exit_code == 0, result.output
    return Mixed(folder / "e.gguf", result.stdout, siblings)


def test_it_is_what_llama_cpp_calls_a_mixture(mixed: Mixed) -> None:
    said, values = metadata_of(mixed.path), values_of(mixed.path)
    expected = {
        "general.architecture": "llama",
        "llama.expert_count": 2,
        "llama.expert_used_count": 2,
        "general.file_type": 7,
        "coterie.merge.method": "moe",
        "general.base_model.count": 2,
    }
    assert {key: said[key] for key in expected} == expected
    for layer in range(LAYERS):
        assert values[f"blk.{layer}.ffn_gate_inp.weight"].shape == (2, 128)
        assert values[f"blk.{layer}.ffn_down_exps.weight"].shape == (2, 128, 352)
    assert not any(name.endswith(("ffn_up.weight", "ffn_down.weight")) for name in values)
    assert "2 experts, 2 for each token" in mixed.said


def test_the_experts_are_the_siblings_to_the_last_bit(mixed: Mixed) -> None:
    made, originals = stored(mixed.path), [stored(path) for path in mixed.siblings]
    for layer in range(LAYERS):
        for part in PARTS:
            kinds, blocks = zip(
                *(original[f"blk.{layer}.ffn_{part}.weight"] for original in originals), strict=True
            )
            assert made[f"blk.{layer}.ffn_{part}_exps.weight"] == (kinds[0], b"".join(blocks))


def test_the_rest_is_shared(mixed: Mixed, tmp_path: Path) -> None:
    make("merge", *mixed.siblings, "--method", "soup", "--out", tmp_path / "soup.gguf")
    soup, made = stored(tmp_path / "soup.gguf"), stored(mixed.path)
    shared = [name for name in soup if name in made]
    assert len(shared) == len(soup) - LAYERS * len(PARTS)
    assert {name: made[name] for name in shared} == {name: soup[name] for name in shared}


def test_different_texts_are_routed_differently(mixed: Mixed, tmp_path: Path) -> None:
    """On texts that the routers have not seen, each expert gets more of its own domain, in every
    layer and for most tokens."""
    for layer, (python, tables) in enumerate(routing(mixed.path, tmp_path)):
        assert python[:, 0].mean() > 0.6, f"layer {layer}"
        assert tables[:, 1].mean() > 0.6, f"layer {layer}"
        assert len(np.unique(np.round(python, 4))) > 10, "the weights depend on the token"


def routing(model: Path, folder: Path) -> list[tuple[Floats, Floats]]:
    """Return, for each layer, the experts' probabilities for every token of both domains."""
    inputs = []
    for place, text in enumerate((python_text(1), table_text(1))):
        file = folder / f"{place}.npy"
        record_router_inputs(str(model), text, 8192, str(file))
        inputs.append(np.load(file))
    values = values_of(model)
    gates = [values[f"blk.{layer}.ffn_gate_inp.weight"] for layer in range(LAYERS)]
    return [
        (probabilities(gate, inputs[0][layer]), probabilities(gate, inputs[1][layer]))
        for layer, gate in enumerate(gates)
    ]


def test_equal_experts_are_one_model(tmp_path: Path) -> None:
    """Whatever the router says, probabilities add up to 1: what llama.cpp makes of the tensors is
    what is meant by them."""
    model = write_sibling(tmp_path / "a.gguf", kind="F32")
    prompts = [f"--prompts={file}" for file in write_examples(tmp_path)]
    make("moe", model, model, *prompts, "--out", tmp_path / "e.gguf")
    text = (python_text(1, lines=80),)
    (alone,), (mixture,) = (measure_loss(str(path), text) for path in (model, tmp_path / "e.gguf"))
    assert mixture.tokens == alone.tokens
    assert mixture.bits == pytest.approx(alone.bits, rel=1e-4)


def test_one_expert_of_three_shared_from_a_base_quantized_by_llama(tmp_path: Path) -> None:
    base = write_sibling(tmp_path / "base.gguf", noise(9, 0.1), kind="F16")
    models = [
        write_sibling(tmp_path / f"{seed}.gguf", noise(seed, 0.1, "ffn_"), kind="F16")
        for seed in range(3)
    ]
    python, tables = write_examples(tmp_path)
    words = tmp_path / "words"
    words.mkdir()
    (words / "words.md").write_text("Whoever reads this, reads a sentence of words. " * 60)
    prompts = [f"--prompts={file}" for file in (python, tables, words)]
    options = ("--base", base, "--experts-used", 1, "--type", "Q5_0")
    make("moe", *models, *prompts, *options, "--out", tmp_path / "e.gguf")
    said, made = metadata_of(tmp_path / "e.gguf"), stored(tmp_path / "e.gguf")
    assert (said["llama.expert_count"], said["llama.expert_used_count"]) == (3, 1)
    assert said["general.file_type"] == 8
    assert made["blk.0.ffn_gate_exps.weight"][0] == "Q5_0"
    assert made["blk.0.ffn_gate_inp.weight"][0] == "F32"
    assert made["blk.0.attn_norm.weight"] == stored(base)["blk.0.attn_norm.weight"]
    (loss,) = measure_loss(str(tmp_path / "e.gguf"), (python_text(1, lines=40),))
    assert np.isfinite(loss.bits)


def test_without_examples_all_experts_count_equally(tmp_path: Path) -> None:
    other = write_sibling(tmp_path / "b.gguf", noise(1, 0.1))
    make("moe", SMALL, other, "--out", tmp_path / "e.gguf")
    gates = [
        tensor.data
        for tensor in gguf.GGUFReader(tmp_path / "e.gguf").tensors
        if tensor.name.endswith("ffn_gate_inp.weight")
    ]
    assert len(gates) == LAYERS
    assert not any(gate.any() for gate in gates)


def test_a_mixture_is_a_tier_like_any_other(
    mixed: Mixed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through the settings, the host process and llama.cpp, to an answer at a position."""
    (tmp_path / "config.toml").write_text(f"[models.mixture]\npath = '{mixed.path}'\n")
    monkeypatch.setenv("COTERIE_CONFIG", str(tmp_path / "config.toml"))
    (tmp_path / "app.py").write_text("def add(first, second):\n    return first + \n")
    target = f"{tmp_path / 'app.py'}:2:20"
    options = ("--invoked", "--tiers", "mixture", "--samples", "2", "--json")
    result = CliRunner().invoke(app, ["complete", target, *options])
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    assert answer["tokens"]["generated"] > 0
    assert "mixture" in json.dumps(answer["trace"])
