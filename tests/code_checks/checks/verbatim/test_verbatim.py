"""Long copies of the training text are recognized, and nothing else is.

The index of these tests is made of the standard library's own source, which is at hand.
"""

from __future__ import annotations

import argparse
import asyncio
import email.message
import hashlib
import inspect
import json
import logging
import pathlib
import random
import subprocess
import textwrap
import typing
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from code_checks.checks.copy_index import SHORTEST_COPY, STRIDE, CopyIndex, sampled, tokens_of
from code_checks.checks.verbatim import check_verbatim
from code_checks.hole import Hole
from code_checks.verdict import Outcome
from ensemble.cascade.checks import CHECKS
from ensemble.cascade.completer import Completer
from ensemble.engines.scripted import ScriptedEngine
from ensemble.models import registry
from ensemble.policy.policy import Policy, Tier
from ensemble.request import CompletionRequest
from lsp_server.answers.build_engines import policy_of
from lsp_server.commands.models import verify_command
from lsp_server.settings.layers import load_file

CORPUS = [inspect.getsource(module) for module in (argparse, textwrap, random)]
WORDS = tokens_of(CORPUS[0])
INDEX = CopyIndex.build([number for text in CORPUS for number in sampled(text)])
HOLE = Hole("python", "def f():\n    ", "\n")


def outcome(index: CopyIndex | None, text: str) -> Outcome | None:
    verdict = check_verbatim(index, HOLE, text)
    return verdict.outcome if verdict else None


@settings(max_examples=150, deadline=None)
@given(start=st.integers(0, len(WORDS) - 90), length=st.integers(SHORTEST_COPY, 90),
       around=st.integers(0, 40))  # fmt: skip
def test_a_copy_is_found_wherever_it_begins(start: int, length: int, around: int) -> None:
    other = [f"mine_{number}" for number in range(around)]
    text = " ".join([*other, *WORDS[start : start + length], *other])
    assert length - 2 * STRIDE <= INDEX.longest_copy(text) <= length + 2 * STRIDE
    assert outcome(INDEX, text) is Outcome.FAIL


OTHERS = (inspect, json.decoder, logging, subprocess, typing, pathlib, email.message)


def test_other_code_is_no_copy() -> None:
    """Chance calls one of a thousand stretches a copy: here two of two thousand."""
    stretches = []
    for module in OTHERS:
        words = tokens_of(inspect.getsource(module))
        stretches += [" ".join(words[at : at + 100]) for at in range(0, len(words) - 100, 50)]
    called = [stretch for stretch in stretches if INDEX.longest_copy(stretch)]
    assert len(stretches) > 1500
    assert len(called) <= 4, called


def test_every_tenth_word_changed_is_no_copy() -> None:
    mixed = [word if at % 10 else f"x{at}" for at, word in enumerate(WORDS[:400])]
    assert INDEX.longest_copy(" ".join(mixed)) == 0


def test_white_space_hides_no_copy() -> None:
    assert INDEX.longest_copy("\t\n  ".join(WORDS[500:600])) > 100 - 2 * STRIDE


SHORT = ["", "x", "return self", " ".join(WORDS[: SHORTEST_COPY - 1])]


@pytest.mark.parametrize("text", SHORT)
def test_short_text_is_nobodys(text: str) -> None:
    assert outcome(INDEX, text) is None


def test_without_an_index_nothing_is_said() -> None:
    assert outcome(None, " ".join(WORDS[:100])) is Outcome.SKIP


def test_an_index_comes_back_from_its_file(tmp_path: Path) -> None:
    INDEX.write(tmp_path / "index")
    again = CopyIndex.read(tmp_path / "index")
    for start in range(0, 2000, 50):
        text = " ".join(WORDS[start : start + 70])
        assert again.longest_copy(text) == INDEX.longest_copy(text)


@pytest.mark.parametrize(
    "content", [b"", b"GGUF", b"coterie winnowing 1\n", b"coterie winnowing 2\n9999"]
)
def test_another_file_is_no_index(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "index").write_bytes(content)
    with pytest.raises(ValueError, match="no index of a corpus"):
        CopyIndex.read(tmp_path / "index")


def test_the_gate_hides_a_copy_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    copy = textwrap.dedent(inspect.getsource(textwrap.TextWrapper._handle_long_word))
    monkeypatch.setattr("ensemble.cascade.checks.copy_index", lambda: INDEX)
    shown = {
        gates: asyncio.run(_shown(copy, gates)) for gates in [("syntax",), ("syntax", "verbatim")]
    }
    assert shown == {("syntax",): [copy.rstrip()], ("syntax", "verbatim"): []}


async def _shown(text: str, gates: tuple[str, ...]) -> list[str]:
    engine = ScriptedEngine("small", [text])
    policy = Policy((Tier("small"),), gates=gates, minimum_agreement=0.0)
    request = CompletionRequest(Hole("python", "", ""), max_lines=200, extent=None, deadline=60.0)
    answer = await Completer({"small": engine}, policy, checks=CHECKS).complete(request)
    return [completion.text.rstrip() for completion in answer.completions]


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package whose models came with an index."""
    manifest = json.loads((registry._models_folder() / "manifest.json").read_text())
    INDEX.write(tmp_path / "copies")
    content = (tmp_path / "copies").read_bytes()
    manifest["copies"] = {
        "file": "copies", "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest(),
    }  # fmt: skip
    for model in manifest["models"]:
        (tmp_path / model["file"]).symlink_to(registry._models_folder() / model["file"])
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    monkeypatch.setattr(registry, "_models_folder", lambda: tmp_path)
    registry._manifest.cache_clear()
    registry.copy_index.cache_clear()
    yield tmp_path
    registry._manifest.cache_clear()
    registry.copy_index.cache_clear()


SWITCHES = [("", True), ("[suggest]\nhide_copies = false\n", False)]


@pytest.mark.parametrize(("text", "hidden"), SWITCHES)
def test_the_setting_decides(shipped: Path, text: str, hidden: bool) -> None:
    file = shipped / "coterie.toml"
    file.write_text(text)
    assert ("verbatim" in policy_of(load_file(file)).gates) is hidden


def test_verify_reads_the_index(shipped: Path) -> None:
    assert [found.ok for found in verify_command._verify_index()] == [True]
    (shipped / "copies").write_bytes(b"something else")
    assert [found.ok for found in verify_command._verify_index()] == [False]
    registry.copy_index.cache_clear()
    assert registry.copy_index() is None
