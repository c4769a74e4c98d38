-- Listens to the server, whoever has started it. Nothing else is loaded before it is needed.
if vim.g.loaded_coterie or vim.fn.has('nvim-0.11') == 0 then return end
vim.g.loaded_coterie = true

require('coterie.keys').define_plugs()
require('coterie.commands').define()

vim.lsp.handlers['coterie/status'] = function(...) require('coterie.condition').receive(...) end
vim.lsp.handlers['coterie/suggestionUpgraded'] = function(...)
  require('coterie.upgrades').receive(...)
end

local group = vim.api.nvim_create_augroup('coterie', {})

vim.api.nvim_create_autocmd('LspAttach', {
  group = group,
  callback = function(event)
    local client = vim.lsp.get_client_by_id(event.data.client_id)
    if not client or client.name ~= 'coterie' then return end
    require('coterie.resync').watch(client, event.buf)
    if vim.lsp.inline_completion then
      require('coterie.answers').watch(client)
    else
      require('coterie.fallback').enable(client, event.buf)
    end
  end,
})

vim.api.nvim_create_autocmd('LspDetach', {
  group = group,
  callback = function(event)
    local client = vim.lsp.get_client_by_id(event.data.client_id)
    if client and client.name == 'coterie' then require('coterie.answers').forget(event.buf) end
  end,
})

local configured = (vim.lsp.config.coterie or {}).on_exit
local listeners = type(configured) == 'table' and vim.list_slice(configured) or { configured }
table.insert(listeners, function(...) require('coterie.restarts').exited(...) end)
vim.lsp.config('coterie', { on_exit = listeners })
