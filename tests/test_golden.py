"""How expectations in files are compared and rewritten."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.golden import UPDATE, check_file
from tests.notation import check, read_cases

CASES = "=== a title\npython\n--- expected\nold\n"


@pytest.fixture
def golden(tmp_path: Path) -> Path:
    (tmp_path / "golden.txt").write_text(CASES)
    return tmp_path / "golden.txt"


@pytest.mark.parametrize("value", ["", "0"])
def test_a_difference_fails_and_changes_nothing(
    golden: Path, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(UPDATE, value)
    with pytest.raises(AssertionError, match=f"{UPDATE}=1 rewrites it"):
        check_file(golden, "new")
    (case,) = read_cases(golden.parent)
    with pytest.raises(AssertionError, match="but got  'new'"):
        check(case, "expected", "new")
    assert golden.read_text() == CASES


def test_one_variable_rewrites_files_and_cases(
    golden: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(UPDATE, "1")
    (case,) = read_cases(golden.parent)
    check(case, "expected", "new")
    assert golden.read_text() == CASES.replace("old", "new")
    check_file(golden, "other")
    assert golden.read_text() == "other"
