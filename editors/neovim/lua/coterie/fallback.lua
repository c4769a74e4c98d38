--- Neovim 0.11 knows no inline completion. There the server offers the same texts as ordinary
--- completion items, and Neovim's own completion shows them while you type.
local M = {}

--- Have Neovim complete in a buffer by itself.
---@param client vim.lsp.Client
---@param buffer integer
function M.enable(client, buffer)
  local provider = client.server_capabilities.completionProvider
  if not provider then return end
  -- Any key, as Neovim's help has it; the server itself names those that clients must have.
  provider.triggerCharacters = {}
  for byte = 32, 126 do table.insert(provider.triggerCharacters, string.char(byte)) end
  -- Without it the first item would be put in while one types.
  if not vim.o.completeopt:find('noselect') and not vim.o.completeopt:find('noinsert') then
    vim.bo[buffer].completeopt = 'menuone,noselect,popup'
  end
  vim.lsp.completion.enable(true, client.id, buffer, { autotrigger = true })
end

return M
