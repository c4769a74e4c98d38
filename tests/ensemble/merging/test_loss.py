"""Losses in bits per byte, against models whose probabilities are known, and what they choose."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from ensemble.engines.local.file_worker import measure_loss, quantize
from ensemble.errors import MergeError
from ensemble.evaluation.tasks import Task
from ensemble.inference.files.windows import windows
from ensemble.merging.texts import read_texts
from tests.ensemble.merging.domains import python_text
from tests.ensemble.merging.siblings import Floats, make, metadata_of, noise, run, write_sibling
from tests.models import SMALL

WINDOWS = [
    # tokens, length, most, expected starts and lengths
    (10, 4, 100, [(0, 4), (4, 4), (8, 2)]),
    (9, 4, 100, [(0, 4), (4, 4)]),
    (1, 4, 100, []),
    (0, 4, 100, []),
    (40, 4, 12, [(0, 4), (16, 4), (36, 4)]),
    (40, 4, 1, [(0, 4)]),
]


@pytest.mark.parametrize(("count", "length", "most", "expected"), WINDOWS)
def test_windows(count: int, length: int, most: int, expected: list[tuple[int, int]]) -> None:
    cut = windows(range(count), length, most)
    assert [(window[0], len(window)) for window in cut] == expected


def test_a_model_that_knows_nothing_costs_the_logarithm_of_the_vocabulary(tmp_path: Path) -> None:
    def forget(name: str, values: Floats) -> Floats:
        return values * 0 if name == "token_embd.weight" else values

    model = write_sibling(tmp_path / "m.gguf", forget)
    short, long = measure_loss(str(model), (python_text(1, 8), python_text(1, 400)))
    for loss in (short, long):
        assert loss.bits == pytest.approx(loss.tokens * math.log2(4096), rel=1e-5)
        assert 0 < loss.tokens < loss.bytes
    # What the first token of each window stands for is not counted.
    assert short.bytes < len(python_text(1, 8).encode()) <= short.bytes + 30
    assert long.tokens > 512


def test_noise_costs_bits_and_repeating_does_not(tmp_path: Path) -> None:
    noisy = write_sibling(tmp_path / "noisy.gguf", noise(1, 0.5))
    texts = (python_text(1, 200),)
    (before,), (again,), (after,) = (
        measure_loss(str(path), texts) for path in (SMALL, SMALL, noisy)
    )
    assert before == again
    assert after.bits_per_byte > 1.1 * before.bits_per_byte


def test_fewer_tokens_are_read_where_there_are_too_many(tmp_path: Path) -> None:
    (loss,) = measure_loss(str(SMALL), (python_text(1, 1000),), most_tokens=1024)
    assert 511 < loss.tokens <= 2 * 511


def test_what_llama_refuses_is_one_message(tmp_path: Path) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(SMALL.read_bytes()[:5000])
    with pytest.raises(MergeError, match=r"broken\.gguf: llama\.cpp cannot open this model"):
        measure_loss(str(broken), ("x = 1\n",))
    with pytest.raises(MergeError, match=r"broken\.gguf: llama\.cpp cannot quantize this model"):
        quantize(str(broken), str(tmp_path / "out.gguf"), 15)
    with pytest.raises(MergeError, match="has not even two tokens"):
        measure_loss(str(SMALL), ("",))


def test_the_greedy_soup_leaves_out_what_spoils_it(tmp_path: Path) -> None:
    """Noise that is small averages out; noise that is large spoils the soup. The best is found
    although it comes last."""
    large, small, other = (
        write_sibling(tmp_path / f"{name}.gguf", noise(seed, size))
        for seed, (name, size) in enumerate((("large", 1.5), ("small", 0.2), ("other", 0.25)))
    )
    text, out = tmp_path / "text.py", tmp_path / "m.gguf"
    text.write_text(python_text(1, 200))
    result = run("merge", large, other, small, "--method=greedy-soup", "--text", text, "--out", out)
    assert result.exit_code == 0, result.output
    assert "greedy-soup of small.gguf, other.gguf (" in result.stdout
    (best,), (soup,) = (measure_loss(str(path), (text.read_text(),)) for path in (small, out))
    assert soup.bits_per_byte <= best.bits_per_byte
    said = metadata_of(out)
    assert said["general.base_model.count"] == 2
    assert said["coterie.merge.method"] == "greedy-soup"
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "large.gguf", "m.gguf", "other.gguf", "small.gguf", "text.py",
    ]  # fmt: skip


def test_texts_come_from_files_folders_and_tasks(tmp_path: Path) -> None:
    import msgspec  # noqa: PLC0415

    folder = tmp_path / "folder"
    (folder / ".git").mkdir(parents=True)
    (folder / ".git" / "config").write_text("hidden")
    (folder / "b.py").write_text("second")
    (folder / "a.py").write_text("first")
    (folder / "data.bin").write_bytes(b"\0\1")
    tasks = tmp_path / "tasks.jsonl"
    tasks.write_bytes(msgspec.json.encode(Task("T/1", "x = ", "1", "\ny = 2\n")))
    assert read_texts((folder, tasks)) == "first\nsecond\nx = 1\ny = 2\n"


def test_loads_and_generates_whatever_the_type(tmp_path: Path) -> None:
    """A merged file of each way of writing opens in llama.cpp and predicts as its parents do."""
    text = (python_text(1, 80),)
    (parent,) = measure_loss(str(SMALL), text)
    for kind in ("Q8_0", "BF16", "Q4_K_M"):
        out = tmp_path / f"{kind}.gguf"
        make("merge", SMALL, SMALL, "--method", "slerp", "--type", kind, "--out", out)
        (loss,) = measure_loss(str(out), text)
        assert loss.bits_per_byte < 1.1 * parent.bits_per_byte
