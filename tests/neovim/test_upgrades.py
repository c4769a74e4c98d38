"""Better suggestions that come after the answer was given: `coterie/suggestionUpgraded`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.neovim.cast import Cast, server_with
from tests.neovim.conftest import PATIENT, editors_in
from tests.neovim.editor import Editor

QUICK_AND_SLOW: Cast = {
    "small": {
        "answers": {"show = ": ["'a'", "'b'", "'c'"], "wait = ": ["= = ="]},
        "otherwise": [""],
    },
    "large": {
        "answers": {"show = ": ["1 + 2"], "wait = ": ["3 + 4"]},
        "delay": 3,
        "otherwise": [""],
    },
}
SETTINGS = {**PATIENT, "deadline": {"automatic": "1 s"}}


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    directory = tmp_path_factory.mktemp("upgrades")
    with editors_in(directory) as start:
        yield start(SETTINGS, server_with(directory, QUICK_AND_SLOW), plugin=True)


def test_a_better_one_appears_where_nothing_is_shown(editor: Editor) -> None:
    editor.open("wait.py", "")
    editor.keys("iwait = ")
    editor.wait_for(editor.answers)
    assert (editor.answers()[-1]["count"], editor.ghost()) == (0, "")
    sent = editor.requests_sent()
    editor.wait_to_see("3 + 4", editor.ghost)
    assert editor.requests_sent() == sent, "it came by itself"
    editor.keys("<M-Right>")
    editor.wait_to_see("wait = 3", lambda: editor.text)
    editor.wait_to_see(" + 4", editor.ghost)
    editor.keys("<Tab>")
    editor.wait_to_see("wait = 3 + 4", lambda: editor.text)


def test_a_better_one_is_added_to_what_is_shown(editor: Editor) -> None:
    editor.open("show.py", "")
    editor.keys("<Esc>")
    editor.lua(
        "local upgraded = vim.lsp.handlers['coterie/suggestionUpgraded']\n"
        "vim.lsp.handlers['coterie/suggestionUpgraded'] = function(...)\n"
        "  upgraded(...)\n"
        "  _G.upgraded = true\n"
        "end"
    )
    editor.keys("ishow = ")
    shown = editor.wait_for(editor.ghost)
    assert shown.startswith("'")
    editor.wait_for(lambda: editor.lua("return _G.upgraded"))
    assert editor.ghost() == shown, "what is read is not replaced"
    editor.keys("<M-[>")
    editor.wait_for(lambda: editor.ghost().startswith("1 + 2"))
    editor.keys("<Tab>")
    editor.wait_to_see("show = 1 + 2", lambda: editor.text)
