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
