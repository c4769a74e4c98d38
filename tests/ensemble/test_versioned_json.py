"""Versioned files: what is read, what is refused in one line, how they are written."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from ensemble.versioned_json import VersionedJson


class Refused(Exception):
    """What the files below are refused with."""


class Recipe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What they hold."""

    dish: str
    format: str = "recipe"
    version: int = 3
    oven_version: int = 1


FILES = VersionedJson(
    Recipe, "recipe", {"version": 3, "oven_version": 1}, "ask the cook", Refused, "recipe"
)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    file = tmp_path / "new folder" / "soup.json"
    for dish in ("soup", "stew"):
        FILES.write(Recipe(dish), file)
        assert FILES.read(file) == Recipe(dish)
    assert [path.name for path in file.parent.iterdir()] == ["soup.json"]
    assert file.read_text().splitlines()[1] == ' "dish": "stew",'


def test_a_device_is_written_to_and_not_replaced() -> None:
    FILES.write(Recipe("soup"), Path("/dev/null"))
    assert Path("/dev/null").is_char_device()


HEAD = '"format": "recipe", "version": 3, "oven_version": 1'
REFUSED = {
    "nothing": ("", "is broken: .*; ask the cook"),
    "a list": ("[]", "is broken: Expected `object`"),
    "another format": ('{"format": "song"}', "holds no recipe; ask the cook"),
    "no format": ('{"dish": "soup", "version": 3, "oven_version": 1}', "holds no recipe"),
    "no version": ('{"format": "recipe"}', "the version of its format is 0, older than .*3; ask"),
    "a later version": ('{"format": "recipe", "version": 4, "new": 1}', "is 4, newer than this"),
    "another oven": (
        '{"format": "recipe", "version": 3, "oven_version": 0}', "the version of its oven is 0",
    ),
    "a version that is no number": ('{"format": "recipe", "version": "3"}', "is broken: .*`int`"),
    "a field too few": (f"{{{HEAD}}}", "is broken: .*`dish`"),
    "a field too many": (f'{{{HEAD}, "dish": "soup", "salt": 1}}', "is broken: .*`salt`"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "message"), REFUSED.values(), ids=REFUSED)
def test_refused(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "soup.json"
    file.write_text(text)
    with pytest.raises(Refused, match=message) as refused:
        FILES.read(file)
    assert str(refused.value).startswith(str(file))
    assert "\n" not in str(refused.value)


def test_a_file_that_is_not_there_is_another_matter(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        FILES.read(tmp_path / "none.json")
