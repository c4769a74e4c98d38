--- How the server is, as it said itself, in a few words for a statusline.
local M = {}

---@class coterie.Condition
---@field state 'loading'|'ready'|'busy'|'off'|'trouble'
---@field message? string
---@field remedy? string
---@field models? { name: string, state?: string, detail?: string, url?: string }[]

--- The states that people know under another name.
local WORDS = { busy = 'thinking' }

---@type table<integer, coterie.Condition>
local conditions = {}

--- The handler of `coterie/status`.
---@param condition coterie.Condition
---@param context lsp.HandlerContext
function M.receive(_, condition, context)
  conditions[context.client_id] = condition
  vim.api.nvim_exec_autocmds('User', { pattern = 'CoterieStatus', data = condition })
  vim.cmd.redrawstatus()
end

--- Return what the server of a buffer said last, nil where none is attached.
---@param buffer? integer
---@return coterie.Condition?
function M.of(buffer)
  local client = vim.lsp.get_clients({ bufnr = buffer or 0, name = 'coterie' })[1]
  return client and (conditions[client.id] or { state = 'loading' })
end

--- Return the condition as a few words, "" where no server is attached.
---@param buffer? integer
---@return string
function M.text(buffer)
  local condition = M.of(buffer)
  return condition and 'Coterie: ' .. (WORDS[condition.state] or condition.state) or ''
end

--- Return everything that is known as lines.
---@return string[]
function M.lines()
  local condition = M.of(0)
  if not condition then return { 'Coterie is not attached to this buffer' } end
  local lines = { M.text(0) .. (condition.message and ': ' .. condition.message or '') }
  for _, model in ipairs(condition.models or {}) do
    local where = model.url and ' (' .. model.url .. ')' or ''
    local text = ('  %s: %s%s %s'):format(model.name, model.state or '', where, model.detail or '')
    table.insert(lines, text)
  end
  if condition.remedy then table.insert(lines, condition.remedy) end
  return lines
end

return M
