"""Without inline completion, as in Neovim 0.11: the same texts are in the menu of completions."""

from __future__ import annotations

from pathlib import Path

from tests.neovim.cast import server_with, unanimous
from tests.neovim.conftest import PATIENT, StartEditor

AS_IN_0_11 = """
vim.lsp.inline_completion = false
local capabilities = vim.lsp.protocol.make_client_capabilities
vim.lsp.protocol.make_client_capabilities = function()
  local declared = capabilities()
  declared.textDocument.inlineCompletion = nil
  return declared
end
vim.lsp.protocol.InlineCompletionTriggerKind = nil
"""


def test_items_are_offered_and_accepted(start_editor: StartEditor, tmp_path: Path) -> None:
    server = server_with(tmp_path, unanimous({"first = ": "sum([1]) + 2"}))
    editor = start_editor(PATIENT, server, plugin=True, before=AS_IN_0_11)
    editor.open("a.py", "")
    editor.press("ifirst = ")
    words = editor.wait_for(
        lambda: editor.lua("return vim.tbl_map(function(item) return item.word end,\n"
                           "  vim.fn.complete_info({ 'items' }).items)")
    )  # fmt: skip
    assert words == ["sum([1]) + 2"]
    assert editor.text == "first = ", "nothing is put in before it is chosen"
    editor.press("<C-n><C-y>")
    editor.wait_to_see("first = sum([1]) + 2", lambda: editor.text)
    # The keys for suggestions do what they always did.
    editor.press("<CR><Tab>x")
    editor.wait_to_see("first = sum([1]) + 2\n    x", lambda: editor.text)
    assert editor.documents_agree()
    for call in ["accept()", "next()", "previous()", "dismiss()", "suggest()", "toggle()", "why()"]:
        editor.lua(f"require('coterie').{call}")
    editor.command("checkhealth coterie")
    assert "suggestions are ordinary completion items" in editor.text
    assert "rror" not in editor.messages


def test_what_the_menu_shows_is_what_goes_in(start_editor: StartEditor, tmp_path: Path) -> None:
    """Neovim 0.11 puts in the first line of an item, so one line is what it is offered."""
    texts = {"    t": "otal = 0\n    for y in x:\n        total += y\n    return total"}
    server = server_with(tmp_path, unanimous(texts))
    editor = start_editor(PATIENT, server, plugin=True, before=AS_IN_0_11)
    editor.open("a.py", "def f(x):\n")
    editor.press("Got")
    items = editor.wait_for(lambda: editor.lua("return vim.fn.complete_info({ 'items' }).items"))
    assert [(item["word"], item["info"]) for item in items] == [("total = 0", "")]
    editor.press("<C-n><C-y>")
    editor.wait_to_see("def f(x):\n    total = 0", lambda: editor.text)
    assert editor.documents_agree()
