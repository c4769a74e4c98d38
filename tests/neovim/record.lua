-- What the tests watch: every inline completion request that Neovim sends, and what came of it.
-- A handler that is never called was answered RequestCancelled, which Neovim keeps to itself.
local log = { sent = 0, answers = {} }
_G.coterie_test = log

local function line_before_cursor()
  local column = vim.api.nvim_win_get_cursor(0)[2]
  return vim.api.nvim_get_current_line():sub(1, column)
end

vim.api.nvim_create_autocmd('LspAttach', {
  callback = function(event)
    local client = assert(vim.lsp.get_client_by_id(event.data.client_id))
    if client.coterie_watched then return end
    client.coterie_watched = true
    local request = client.request
    client.request = function(self, method, params, handler, bufnr)
      if method ~= 'textDocument/inlineCompletion' then
        return request(self, method, params, handler, bufnr)
      end
      log.sent = log.sent + 1
      local number, asked_at = log.sent, line_before_cursor()
      return request(self, method, params, function(err, result, ...)
        local items = result and (result.items or result)
        table.insert(log.answers, {
          number = number,
          newest = log.sent,
          asked_at = asked_at,
          answered_at = line_before_cursor(),
          error = err and err.message or '',
          is_list = type(items) == 'table',
          count = type(items) == 'table' and #items or 0,
        })
        return handler(err, result, ...)
      end, bufnr)
    end
  end,
})
