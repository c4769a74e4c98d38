--- Better suggestions that come after the answer was given: shown where nothing is, otherwise added
--- as further ones to cycle to. What is on the screen stays.
local answers = require('coterie.answers')

local M = {}

---@class coterie.Upgrade
---@field textDocument { uri: string, version: integer }
---@field position lsp.Position
---@field items lsp.InlineCompletionItem[]

--- Whether a buffer is what it was when an upgrade was made for it, and the cursor where it was.
---@param buffer integer
---@param answer coterie.Answer
---@param params coterie.Upgrade
local function is_here(buffer, answer, params)
  local is_typing = vim.startswith(vim.api.nvim_get_mode().mode, 'i')
  if buffer ~= vim.api.nvim_get_current_buf() or not is_typing then return false end
  local position = vim.lsp.util.make_position_params(0, answer.client.offset_encoding).position
  return params.textDocument.version == vim.lsp.util.buf_versions[buffer]
    and vim.deep_equal(params.position, position)
end

--- The handler of `coterie/suggestionUpgraded`. What is no use now comes with the next request.
---@param params coterie.Upgrade
function M.receive(_, params)
  local buffer = vim.uri_to_bufnr(params.textDocument.uri)
  local answer = answers.of(buffer)
  if not answer or not is_here(buffer, answer, params) then return end
  if answers.visible(buffer) == '' then
    -- Where somebody has dismissed a suggestion there were items, and nobody wants another one.
    if #answer.items == 0 then
      local version = params.textDocument.version
      local asked = { position = params.position, line = answers.here().line, version = version }
      answers.present(buffer, asked, params.items)
    end
  elseif answer.asked.version == params.textDocument.version then
    local known = {}
    for _, item in ipairs(answer.items) do known[item.insertText] = true end
    for _, item in ipairs(params.items) do
      if not known[item.insertText] then table.insert(answer.items, item) end
    end
  end
end

return M
