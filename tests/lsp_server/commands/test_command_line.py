"""The command line in a table: what is typed, the exit code, and what people and scripts read."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from lsp_server.__main__ import app

FILES = {
    "app.py": b"def add(a, b):\n    return \n",
    "open.py": b"x = 1",
    "empty.py": b"",
    "crlf.py": b"a = 1\r\nb = 2\r\n",
    "bom.py": "\ufeffx = 1\n".encode(),
    "binary.py": b"\x7fELF\0\0\1",
    "latin.py": "# Gr\u00fc\u00dfe\n".encode("latin-1"),
    "utf16.py": "x = 1\n".encode("utf-16"),
    "utf32.py": "x = 1\n".encode("utf-32"),
    "a:b.py": b"x = 1\n",
    ".env": b"TOKEN=x\n",
    "id_rsa": b"secret\n",
    ".gitignore": b"ignored.py\n",
    "ignored.py": b"x = 1\n",
    "vendor/lib.py": b"x = 1\n",
    "page.html": b"<p>\n",
    ".coterie.toml": b'exclude = ["vendor/"]\n[languages.html]\nenabled = false\n',
    "pyproject.toml": b"",
}

COULD_NOT = {
    "no such file": ("gone.py:1:1", "gone.py: no such file"),
    "a folder": ("vendor:1:1", "vendor: is a directory, not a file"),
    "no folder on the way": ("app.py/x.py:1:1", "app.py/x.py: cannot be read: Not a directory"),
    "binary": ("binary.py:1:1", "binary.py: is a binary file"),
    "another 8-bit encoding": (
        "latin.py:1:1", "latin.py: is not UTF-8 text (byte 0xfc at 4); only UTF-8 is understood",
    ),
    "UTF-16": ("utf16.py:1:1", "utf16.py: is encoded as UTF-16; only UTF-8 is understood"),
    "UTF-32": ("utf32.py:1:1", "utf32.py: is encoded as UTF-32; only UTF-8 is understood"),
    "line 0": ("app.py:0:1", "app.py: there is no line 0; lines are 1 to 3"),
    "line past the end": ("app.py:4:1", "app.py: there is no line 4; lines are 1 to 3"),
    "no further line": ("open.py:2:1", "open.py: there is no line 2; lines are 1 to"),
    "column 0": ("app.py:1:0", "app.py: line 1 has no column 0; columns are 1 to 15"),
    "column past the end": ("app.py:1:16", "app.py: line 1 has no column 16; columns are 1 to 15"),
    "column of the last line": ("app.py:3:2", "app.py: line 3 has no column 2; columns are 1 to"),
    "a line end is no column": ("crlf.py:1:7", "crlf.py: line 1 has no column 7"),
    "in an empty file": ("empty.py:2:1", "empty.py: there is no line 2; lines are 1 to 1"),
    "a byte order mark is no column": ("bom.py:1:7", "bom.py: line 1 has no column 7"),
    "a colon in the name": ("a:b.py:9:1", "a:b.py: there is no line 9"),
    "an environment file": (".env:1:1", ".env: its name is that of a secret file; see `secrets`"),
    "a key": ("id_rsa:1:1", "id_rsa: its name is that of a secret file"),
    "ignored by version control": ("ignored.py:1:1", "ignored.py: version control ignores it"),
    "excluded by the workspace": ("vendor/lib.py:1:1", "vendor/lib.py: the settings exclude it"),
    "a language switched off": (
        "page.html:1:1", "page.html: `languages.html.enabled` is false (workspace)",
    ),
}  # fmt: skip

WRONG_USAGE = {
    "no position": ("complete", "app.py"),
    "no column": ("complete", "app.py:1"),
    "no number": ("complete", "app.py:1:x"),
    "a fraction": ("complete", "app.py:1:1.5"),
    "negative": ("complete", "app.py:-1:1"),
    "other digits": ("complete", "app.py:1:\u00b2"),
    "no file": ("complete", ":1:1"),
    "empty": ("complete", ""),
    "a drive is no line": ("complete", "C:\\app.py:3"),
    "no target": ("complete",),
    "two targets": ("complete", "app.py:1:1", "app.py:1:2"),
    "an unknown option": ("complete", "app.py:1:1", "--fast"),
    "samples of no number": ("complete", "app.py:1:1", "--samples", "many"),
    "no samples": ("complete", "app.py:1:1", "--samples", "0"),
    "too many samples": ("complete", "app.py:1:1", "--samples", "17"),
    "an unknown tier": ("complete", "app.py:1:1", "--tiers", "small,huge"),
    "an empty tier": ("complete", "app.py:1:1", "--tiers", "small,,large"),
    "explain an unknown tier": ("explain", "app.py:1:1", "--tiers", "huge"),
    "an unknown command": ("compleet",),
    "repair no line": ("repair", "app.py"),
    "repair a line of words": ("repair", "app.py:two"),
    "tests of a negative line": ("tests", "app.py:-1"),
    "document no file": ("document", ":1"),
    "fix nothing": ("fix",),
    "fix an unknown tier": ("fix", "app.py:1", "--tiers", "huge"),
    "function by an unknown policy": ("function", "app.py:1", "--policy", "chance"),
    "models of nothing": ("models", "paint"),
    "an address without a port": ("serve", "--tcp", "localhost"),
    "an address with a bad port": ("serve", "--tcp", "localhost:70000"),
    "two transports": ("serve", "--stdio", "--tcp", "localhost:0"),
}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder with the FILES, as the current one."""
    for name, content in FILES.items():
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(content)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def check(arguments: tuple[str, ...], exit_code: int, *said: str) -> None:
    """Run a command that fails: one message on standard error, nothing on standard output."""
    result = CliRunner().invoke(app, arguments)
    assert (result.exit_code, result.stdout) == (exit_code, "")
    assert "Traceback" not in result.stderr
    for text in said:
        assert text in result.stderr


@pytest.mark.parametrize(("target", "message"), COULD_NOT.values(), ids=COULD_NOT)
@pytest.mark.parametrize("command", ["complete", "explain"])
def test_what_cannot_be_done_exits_with_1(
    command: str, target: str, message: str, place: Path
) -> None:
    check((command, target), 1, f"coterie: {message}")


@pytest.mark.parametrize(("target", "message"), COULD_NOT.values(), ids=COULD_NOT)
def test_what_cannot_be_ordered_exits_with_1(target: str, message: str, place: Path) -> None:
    check(("repair", target), 1, f"coterie: {message}")


@pytest.mark.parametrize("command", ["function", "repair", "tests", "document"])
def test_where_there_is_no_function_nothing_can_be_ordered(command: str, place: Path) -> None:
    check((command, "crlf.py:2"), 1, "function")


@pytest.mark.parametrize("arguments", WRONG_USAGE.values(), ids=WRONG_USAGE)
def test_wrong_usage_exits_with_2(arguments: tuple[str, ...], place: Path) -> None:
    check(arguments, 2)


def test_an_unknown_tier_is_answered_with_the_known_ones(place: Path) -> None:
    check(("complete", "app.py:1:1", "--tiers", "huge"), 2, "'huge'", "small, large")


def test_a_malformed_position_is_answered_with_an_example(place: Path) -> None:
    check(("complete", "app.py"), 2, "write FILE:LINE:COL, such as app.py:12:5")


def test_an_unreadable_file_is_named(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    # Root may read everything, so the refusal is played.
    monkeypatch.setattr(Path, "read_bytes", refuse)
    check(("complete", "app.py:1:1"), 1, "app.py: cannot be read: Permission denied")


def test_everything_switched_off_is_said(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (place / "config.toml").write_text("enabled = false")
    monkeypatch.setenv("COTERIE_CONFIG", str(place / "config.toml"))
    check(("complete", "app.py:1:1"), 1, "`enabled` is false (file)")


@pytest.mark.parametrize("arguments", [("--help",), ("complete", "--help"), ("models", "--help")])
def test_help_is_given(arguments: tuple[str, ...]) -> None:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0
    assert "Usage" in result.stdout


def test_the_version_is_printed() -> None:
    assert CliRunner().invoke(app, ["--version"]).stdout.startswith("coterie 0.")
