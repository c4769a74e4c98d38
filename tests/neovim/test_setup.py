"""The documented ways to set Neovim up."""

from __future__ import annotations

from code_checks.languages import language_named
from tests.neovim.conftest import StartEditor
from tests.neovim.editor import ROOT, readme_snippet


def test_the_readme_needs_ten_lines_at_most() -> None:
    assert 0 < len(readme_snippet().strip().splitlines()) <= 10


def test_the_configuration_file_is_what_neovim_reads(start_editor: StartEditor) -> None:
    editor = start_editor()
    editor.lua("vim.opt.runtimepath:append(...)", str(ROOT / "editors/neovim"))
    # Only the file counts: what the README's lines have set is taken away.
    editor.lua("vim.lsp.config.coterie = {}")
    config = editor.lua("return dofile(...)", str(ROOT / "editors/neovim/lsp/coterie.lua"))
    seen = editor.lua("local c = vim.lsp.config.coterie; return { c.cmd, c.filetypes }")
    assert seen == [config["cmd"], config["filetypes"]]
    assert [name for name in config["filetypes"] if language_named(name) is None] == []
