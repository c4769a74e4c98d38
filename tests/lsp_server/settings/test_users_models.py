"""What holds when a user keeps models and has configured little or nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from ensemble.models import default_models
from ensemble.models.kept_models import remember, user_models_folder
from lsp_server.answers.build_engines import identities_of, policy_of
from lsp_server.settings.layers import load_file


@pytest.fixture
def keep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a user who keeps no model yet."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr(default_models, "machine_memory", lambda: 16 << 30)
    folder = user_models_folder()
    folder.mkdir(parents=True)
    return folder


def put(folder: Path, *names: str) -> None:
    for number, name in enumerate(names, 1):
        (folder / name).write_bytes(bytes(number))
        remember(folder / name, f"{name}'s hash", "prefix-suffix-middle")


CASES = {
    "a pair": (("a.gguf", "b.gguf"), "", ["b.gguf × 1", "b.gguf × 2", "a.gguf × 1"]),
    "one": (("a.gguf",), "", ["a.gguf × 1", "a.gguf × 2"]),
    "one, with threads": (
        ("a.gguf",), "[models.small]\nthreads = 1\n", ["a.gguf × 1", "a.gguf × 2"],
    ),
    "one beside a configured one": (
        ("a.gguf",), '[models.large]\npath = "/big.gguf"\n',
        ["big.gguf × 1", "big.gguf × 2", "a.gguf × 1"],
    ),
    "a configured one instead": (
        ("a.gguf", "b.gguf"), '[models.mine]\npath = "/mine.gguf"\n',
        ["mine.gguf × 1", "mine.gguf × 2"],
    ),
    "none": ((), "", ["small.gguf × 3", "large.gguf × 2"]),
}  # fmt: skip


@pytest.mark.parametrize(("kept", "text", "expected"), CASES.values(), ids=CASES)
def test_who_is_asked(
    kept: tuple[str, ...], text: str, expected: list[str], keep: Path, tmp_path: Path
) -> None:
    put(keep, *kept)
    file = tmp_path / "settings.toml"
    file.write_text(text)
    settings = load_file(file)
    asked = [
        f"{Path(settings.models[tier.model].path).name} × {tier.samples}"
        for tier in policy_of(settings).tiers
    ]
    assert asked == expected
    assert settings.messages == ()


def test_what_was_learned_of_the_embedded_models_is_not_held_to_others(keep: Path) -> None:
    embedded = load_file()
    assert policy_of(embedded).reward == "embedded"
    put(keep, "a.gguf", "b.gguf")
    own = load_file()
    assert policy_of(own).reward == ""
    assert identities_of(own) == {"small": "a.gguf's hash", "large": "b.gguf's hash"}
    assert set(identities_of(embedded).values()).isdisjoint(identities_of(own).values())
