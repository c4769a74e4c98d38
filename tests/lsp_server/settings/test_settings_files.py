"""Which files settings are read from, and what happens when they cannot be."""

from __future__ import annotations

from pathlib import Path

import platformdirs
import pytest

from lsp_server.settings.layers import (
    SettingOrigin,
    load_file,
    load_workspace_file,
    settings_file,
    with_client_options,
    with_workspace,
)


def problem_of(content: bytes | None, tmp_path: Path) -> str:
    """Return the only message about a settings file with this content; None is no file."""
    file = tmp_path / "config.toml"
    if content is not None:
        file.write_bytes(content)
    settings = load_file(file)
    assert settings.enabled
    (message,) = settings.messages
    return message.replace(str(file), "FILE")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "FILE: cannot be read (No such file or directory); the defaults stand."),
        (b"\xff\xfe", "FILE: not UTF-8 text; the defaults stand."),
        (b"enabled =", "FILE: not valid TOML: Invalid value (at end of document); "
                       "the defaults stand."),
    ],
    ids=["missing", "no UTF-8", "no TOML"],
)  # fmt: skip
def test_a_named_file_that_cannot_be_used_is_one_message(
    content: bytes | None, message: str, tmp_path: Path
) -> None:
    assert problem_of(content, tmp_path) == message


def test_a_folder_in_place_of_the_file_is_one_message(tmp_path: Path) -> None:
    (message,) = load_file(tmp_path).messages
    assert message.startswith(f"{tmp_path}: cannot be read")


def test_the_variable_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("enabled = false")
    monkeypatch.setenv("COTERIE_CONFIG", str(file))
    settings = load_file()
    assert (settings.file, settings.enabled) == (str(file), False)
    assert settings.origin("enabled") is SettingOrigin.FILE


def test_without_the_variable_it_is_in_the_users_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COTERIE_CONFIG", raising=False)
    folder = platformdirs.user_config_dir("coterie", appauthor=False)
    assert settings_file() == Path(folder, "config.toml")
    assert load_file().messages == ()


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(b"\xef\xbb\xbfenabled = false")
    assert not load_file(file).enabled


def test_a_workspace_without_a_file_changes_nothing(tmp_path: Path) -> None:
    settings = load_file()
    assert load_workspace_file(settings, tmp_path) is settings


def test_model_paths_are_relative_to_the_settings_file(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[models.mine]\npath = "sub/m.gguf"\nadapters = ["a.gguf"]')
    spec = load_file(file).models["mine"]
    assert spec.path == str(tmp_path / "sub" / "m.gguf")
    assert [adapter.path for adapter in spec.adapters] == [str(tmp_path / "a.gguf")]


def test_a_home_folder_is_understood(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    settings = with_client_options(load_file(), {"models": {"mine": {"path": "~/m.gguf"}}})
    assert settings.models["mine"].path == str(tmp_path / "m.gguf")


def test_a_second_workspace_cannot_loosen_what_the_first_tightened() -> None:
    once = with_workspace(load_file(), {"suggest": {"max_lines": 2}})
    twice = with_workspace(once, {"suggest": {"max_lines": 5}})
    assert twice.max_lines == 2


def test_the_same_mistake_is_said_once() -> None:
    settings = load_file()
    for _ in range(2):
        settings = with_client_options(settings, {"typo": 1})
    assert len(settings.messages) == 1
