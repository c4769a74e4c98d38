"""Broken model files are refused by name before llama.cpp sees them."""

from __future__ import annotations

import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ensemble.errors import ModelRefused
from ensemble.models.gguf_header import read_header
from tests import models

SMALL = models.SMALL.read_bytes()

BROKEN: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "empty": (lambda data: b"", "does not begin like a GGUF file"),
    "text": (lambda data: b"<html>not found</html>", "does not begin like a GGUF file"),
    "magic only": (lambda data: data[:4], "ends in the middle of its own description"),
    "cut in the metadata": (lambda data: data[:5000], "ends in the middle of its own description"),
    "cut in the tensors": (lambda data: data[: len(data) // 2], "it is cut short"),
    "cut by one byte": (lambda data: data[:-1], "it is cut short"),
    "old version": (lambda data: data[:4] + struct.pack("<I", 1) + data[8:], "version 1 is not"),
    "byte-swapped": (lambda data: data[:4] + struct.pack(">I", 3) + data[8:], "version 50331648"),
    "no tensors": (lambda data: data[:8] + struct.pack("<Q", 0) + data[16:], "claims 0 tensors"),
    "absurd counts": (lambda data: data[:8] + b"\xff" * 16 + data[24:], "tensors and"),
    "zeros": (lambda data: data[:24] + bytes(len(data) - 24), "names no architecture"),
}  # fmt: skip


@pytest.mark.parametrize(("breaking", "reason"), BROKEN.values(), ids=BROKEN)
def test_a_broken_file_is_one_message_with_the_remedy(
    breaking: Callable[[bytes], bytes], reason: str, tmp_path: Path
) -> None:
    file = tmp_path / "model.gguf"
    file.write_bytes(breaking(SMALL))
    with pytest.raises(ModelRefused) as refusal:
        read_header(file)
    message = str(refusal.value)
    assert message.startswith(f"{file}: not a usable model file: ")
    assert reason in message
    assert message.endswith("Download or copy it again.")


@pytest.mark.parametrize("name", ["missing.gguf", "."])
def test_a_file_that_is_not_there_is_named(name: str, tmp_path: Path) -> None:
    with pytest.raises(ModelRefused, match=r"no such model file\. Correct the path"):
        read_header(tmp_path / name)


@given(st.integers(0, 4000), st.binary(min_size=1, max_size=64))
def test_whatever_stands_in_the_head_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, position: int, noise: bytes
) -> None:
    file = tmp_path_factory.getbasetemp() / "noise.gguf"
    file.write_bytes(SMALL[:position] + noise + SMALL[position + len(noise) :])
    try:
        assert read_header(file).tensors > 0
    except ModelRefused as refusal:
        assert str(file) in str(refusal)


def test_a_server_starts_without_what_reads_heads() -> None:
    script = (
        "import sys, lsp_server.server.serving, ensemble.models.gguf_header\n"
        "print([name for name in ('gguf', 'numpy') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_the_head_of_a_real_file() -> None:
    head = read_header(models.SMALL)
    assert (head.architecture, head.parameters, head.context) == ("llama", 1_127_296, 512)
    assert (head.fim, head.bytes) == ("suffix-prefix-middle", len(SMALL))
