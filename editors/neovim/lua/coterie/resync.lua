--- Sends the whole text where Neovim (0.12.4) would leave the server with another one. When a buffer
--- becomes empty, `vim.lsp.sync` forgets the last line break: in an empty buffer, `o` and `u` leave
--- the server a line that nobody has. And when something was typed while no server was there,
--- `vim.lsp` has stopped listening to the buffer, and does not begin again with the next server.
local M = {}

---@param buffer integer
---@return string
local function text_of(buffer)
  local ending = ({ unix = '\n', dos = '\r\n', mac = '\r' })[vim.bo[buffer].fileformat]
  local lines = vim.api.nvim_buf_get_lines(buffer, 0, -1, true)
  return table.concat(lines, ending) .. (vim.bo[buffer].eol and ending or '')
end

---@param client vim.lsp.Client
---@param buffer integer
local function send_all(client, buffer)
  -- A request for a buffer makes Neovim send the changes that it holds back; ours comes after them.
  client:request('workspace/executeCommand', { command = 'coterie.status' }, function() end, buffer)
  local version = vim.lsp.util.buf_versions[buffer]
  client:notify('textDocument/didChange', {
    textDocument = { uri = vim.uri_from_bufnr(buffer), version = version },
    contentChanges = { { text = text_of(buffer) } },
  })
end

--- Keep the server's document right from now on; if Neovim listens to the buffer, it does already.
---@param client vim.lsp.Client
---@param buffer integer
function M.watch(client, buffer)
  vim.api.nvim_buf_attach(buffer, false, {
    on_lines = function(_, _, tick)
      if client:is_stopped() or not client.attached_buffers[buffer] then return true end
      -- Neovim's own listener comes before this one, and notes what it has heard.
      local versions = vim.lsp.util.buf_versions
      local is_heard = versions[buffer] == tick
      versions[buffer] = tick
      local is_empty = vim.api.nvim_buf_line_count(buffer) == 1
        and vim.api.nvim_buf_get_lines(buffer, 0, 1, true)[1] == ''
      if is_empty or not is_heard then send_all(client, buffer) end
    end,
  })
end

return M
