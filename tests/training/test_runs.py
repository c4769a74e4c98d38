"""Parts of a training run that need no tensors: schedule, transport, model card."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from training.bundle import LISTING, Damaged, join, split
from training.model_card import card
from training.schedule import decay_share, stable_share
from training.settings import load

SHAPE = {"width": 256, "layers": 6, "heads": 4, "kv_heads": 2, "head_width": 64, "ff": 768}


def test_rates_warm_up_stay_and_decay() -> None:
    assert [stable_share(step, 4) for step in range(6)] == [0.25, 0.5, 0.75, 1.0, 1.0, 1.0]
    assert decay_share(0.0, 0.02) == 1.0
    assert decay_share(0.5, 0.02) == pytest.approx(0.51)
    assert decay_share(1.0, 0.02) == decay_share(1.3, 0.02) == pytest.approx(0.02)


def test_a_file_survives_its_journey_in_parts(tmp_path: Path) -> None:
    source = tmp_path / "weights.bin"
    source.write_bytes(bytes(range(256)) * 50 + b"end")
    parts = split(source, tmp_path / "parts", part_bytes=64)
    assert len(parts) > 1
    assert all(part.stat().st_size <= 64 for part in parts)
    join(tmp_path / "parts", tmp_path / "back.bin")
    assert (tmp_path / "back.bin").read_bytes() == source.read_bytes()


@pytest.mark.parametrize("harm", ["missing", "altered"])
def test_a_harmed_part_is_noticed_before_anything_is_written(tmp_path: Path, harm: str) -> None:
    source = tmp_path / "weights.bin"
    source.write_bytes(b"0123456789" * 100)
    part = split(source, tmp_path / "parts", part_bytes=32)[1]
    part.unlink() if harm == "missing" else part.write_bytes(b"x" * 32)
    with pytest.raises(Damaged, match=part.name):
        join(tmp_path / "parts", tmp_path / "back.bin")
    assert not (tmp_path / "back.bin").exists()
    assert (tmp_path / "parts" / LISTING).exists()


def test_the_card_says_what_was_read_and_reached(tmp_path: Path) -> None:
    package = {"name": "toolz", "version": "1.0", "license": "BSD-3-Clause", "kept": 250_000}
    report = {"characters": 4_000_000, "files": 12, "tests": 400_000, "packages": [package] * 2}
    (tmp_path / "corpus.json").write_text(json.dumps(report | {"refused": {"held_out_path": 3}}))
    folder = tmp_path / "runs" / "cpu-small"
    folder.mkdir(parents=True)
    events = [
        {
            "tokens": 0,
            "event": "start",
            "run": "cpu-small",
            "shape": SHAPE,
            "parameters": 6_819_072,
        },
        {"tokens": 7_000_000, "event": "valid", "all": 2.5, "answer": 2.25},
        {"tokens": 8_000_000, "event": "stop"},
    ]
    (folder / "log.jsonl").write_text("".join(json.dumps(row) + "\n" for row in events))
    result = {"tasks": 300, "pass_at_1": 0.083, "ci95": [0.053, 0.117], "cost": 0.01154}
    measured = tmp_path / "measured.txt"
    measured.write_text("rows\n" + json.dumps({"heldout": {"policies": {"large": result}}}))
    text = card(["cpu-small", "cpu-large"], load(), tmp_path, [measured])
    row = next(line for line in text.splitlines() if line.startswith("| cpu-small"))
    assert "6.8M" in row
    assert "8.0M" in row
    assert "2.500, 2.250" in row
    assert "| toolz | 1.0 | BSD-3-Clause | 250 |" in text
    assert "held out path 3" in text
    assert "**cpu-small**: rows of 512 tokens" in text
    assert next(line for line in text.splitlines() if "cpu-large |" in line).count("not yet") == 2
    assert "| heldout (300) | large | 8.3% (5.3% – 11.7%) | 0.0115 |" in text
