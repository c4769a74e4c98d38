"""`:help coterie` opens, its links lead somewhere, and it has everything that there is."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator

import pytest

from tests.neovim.conftest import editors_in
from tests.neovim.editor import ROOT, Editor

HELP = ROOT / "editors/neovim/doc/coterie.txt"


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    """An editor that has the help's tags, which are made in a copy of the folder."""
    directory = tmp_path_factory.mktemp("help")
    shutil.copytree(HELP.parent, directory / "copy/doc")
    with editors_in(directory) as start:
        editor = start(plugin=True)
        editor.command(f"set runtimepath+={directory}/copy")
        editor.command(f"helptags {directory}/copy/doc")
        yield editor


def test_it_opens(editor: Editor) -> None:
    editor.command("help coterie")
    assert editor.lua("return vim.fn.expand('%:t')") == HELP.name
    editor.command("helpclose")


def test_its_links_lead_somewhere(editor: Editor) -> None:
    links = set(re.findall(r"\|([^|\s]+)\|", HELP.read_text()))
    assert len(links) > 10
    found = {link: editor.lua("return vim.fn.getcompletion(..., 'help')", link) for link in links}
    assert [link for link, tags in found.items() if link not in tags] == []


def test_every_function_has_its_tag(editor: Editor) -> None:
    names = editor.lua("return vim.tbl_keys(require('coterie'))")
    assert {f"coterie.{name}()" for name in names} == set(
        re.findall(r"\*(coterie\.\w+\(\))\*", HELP.read_text())
    )


def test_every_mapping_has_its_tag(editor: Editor) -> None:
    mapped = editor.lua(
        "return vim.tbl_map(function(map) return map.lhs end, vim.api.nvim_get_keymap('i'))"
    )
    plugs = {name for name in mapped if "coterie" in name}
    assert plugs == set(re.findall(r"\*(<Plug>\(coterie-[\w-]+\))\*", HELP.read_text()))


def test_every_command_and_key_is_explained(editor: Editor) -> None:
    text, readme = HELP.read_text(), (ROOT / "editors/README.md").read_text()
    actions = editor.lua("return vim.fn.getcompletion('Coterie ', 'cmdline')")
    assert actions == sorted(set(re.findall(r"^:Coterie (\w+)", text, re.M)))
    keys = editor.lua("return require('coterie.keys').defaults")
    table = dict(re.findall(r"^  (<\S+>) +(\w+) ", text, re.M))
    assert {action: key for key, action in table.items()} == keys
    assert [key for key in keys.values() if f"`{key}`" not in readme] == []


def test_its_lines_fit() -> None:
    """Help windows are 78 columns wide."""
    lines = [line.expandtabs() for line in HELP.read_text().splitlines()]
    # The stars of a tag, and what marks a code block, are not shown.
    assert [line for line in lines if len(line.replace("*", "").removesuffix(" >lua")) > 78] == []
