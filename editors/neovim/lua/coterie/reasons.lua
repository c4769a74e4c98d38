--- Why the last suggestion in a buffer was made: the server's trace, in a floating window.
local M = {}

---@param trace { text: string, completions: { text: string, model: string, share: number }[] }?
---@return string[]
function M.lines(trace)
  if not trace then return { 'There has been no suggestion in this document yet.' } end
  local lines = {}
  for _, completion in ipairs(trace.completions) do
    vim.list_extend(lines, vim.split(completion.text, '\r?\n'))
    local share = math.floor(completion.share * 100 + 0.5)
    vim.list_extend(lines, { ('  (%s, %d%% of the votes)'):format(completion.model, share), '' })
  end
  if #lines == 0 then lines = { 'Nothing was shown.', '' } end
  return vim.list_extend(lines, vim.split(vim.trim(trace.text), '\r?\n'))
end

--- Show why; a second call goes into the window, where `q` closes it.
function M.show()
  local buffer = vim.api.nvim_get_current_buf()
  local client = vim.lsp.get_clients({ bufnr = buffer, name = 'coterie' })[1]
  if not client then
    vim.notify('Coterie is not attached to this buffer', vim.log.levels.INFO)
    return
  end
  local params = { command = 'coterie.lastTrace', arguments = { vim.uri_from_bufnr(buffer) } }
  client:request('workspace/executeCommand', params, function(err, trace)
    if err then
      vim.notify('Coterie: ' .. err.message, vim.log.levels.WARN)
      return
    end
    local float, window = vim.lsp.util.open_floating_preview(M.lines(trace), 'text', {
      focus_id = 'coterie.reasons',
      wrap = false,
      title = 'Why this suggestion?',
      border = vim.o.winborder == '' and 'rounded' or nil,
    })
    vim.wo[window].conceallevel = 0
    vim.keymap.set('n', 'q', '<Cmd>close<CR>', { buffer = float, nowait = true })
  end, buffer)
end

return M
