--- Accepts what is shown, as a whole or in parts, and exactly what is shown: Neovim's own accepting
--- puts the text in where it was asked for, even if its beginning has been typed since.
local answers = require('coterie.answers')
local candidate = require('coterie.candidate')

local AUTOMATIC = vim.lsp.protocol.InlineCompletionTriggerKind
  and vim.lsp.protocol.InlineCompletionTriggerKind.Automatic

local M = {}

--- Put text in at the cursor instead of some bytes behind it, as a step of its own to undo.
---@param buffer integer
---@param now coterie.Here
---@param text string
---@param replaced integer
local function put(buffer, now, text, replaced)
  -- Setting it, even to what it is, closes the block of changes that one undo takes back.
  vim.bo[buffer].undolevels = vim.bo[buffer].undolevels
  local lines = vim.split(text, '\n', { plain = true })
  vim.api.nvim_buf_set_text(buffer, now.row, now.column, now.row, now.column + replaced, lines)
  local column = (#lines == 1 and now.column or 0) + #lines[#lines]
  vim.api.nvim_win_set_cursor(0, { now.row + #lines, column })
end

--- Return an item's text up to what is left after a part has been put in. The field `begun` is
--- ours: what was put in before that, when the item was whole.
---@param item lsp.InlineCompletionItem
---@param put_in integer
---@param rest integer
---@return string
local function begun_text(item, put_in, rest)
  return (item.begun or '') .. item.insertText:sub(1, #item.insertText - rest + put_in)
end

--- Return what is left of an answer's items once a part of one has been put in, that one first.
---@param answer coterie.Answer
---@param chosen lsp.InlineCompletionItem
---@param before coterie.Here
---@param part string
---@param position lsp.Position where it is now
---@return lsp.InlineCompletionItem[]
local function remainders(answer, chosen, before, part, position)
  local items, known = {}, {}
  local candidates = vim.list_extend({ chosen }, answer.items)
  for _, item in ipairs(candidates) do
    local rest = answers.rest(answer, item, before)
    if rest and vim.startswith(rest.text, part) and #rest.text > #part and not known[rest.text] then
      known[rest.text] = true
      local left = #rest.closers - candidate.contained(part, rest.closers)
      local stop = { line = position.line, character = position.character + left }
      local range = { start = position, ['end'] = stop }
      table.insert(items, vim.tbl_extend('force', item, {
        insertText = rest.text:sub(#part + 1),
        range = range,
        begun = begun_text(item, #part, #rest.text),
      }))
    end
  end
  return items
end

---@param buffer integer
---@param answer coterie.Answer
---@param item lsp.InlineCompletionItem
---@param part_of fun(text: string): string
local function accept_item(buffer, answer, item, part_of)
  local before = answers.here()
  local rest = answers.rest(answer, item, before)
  if not rest then
    -- What is on the screen belongs to an older state: it goes, and a new answer comes.
    answers.ask(buffer, AUTOMATIC)
    return
  end
  local part = part_of(rest.text)
  put(buffer, before, part, candidate.contained(part, rest.closers))
  if part == rest.text then
    if item.command then answer.client:exec_cmd(item.command, { bufnr = buffer }) end
    return
  end
  local begun = begun_text(item, #part, #rest.text)
  answer.client:notify('textDocument/didPartiallyAcceptCompletion', {
    item = { insertText = item.insertText, command = item.command },
    acceptedLength = vim.str_utfindex(begun, 'utf-16'),
  })
  local position = vim.lsp.util.make_position_params(0, answer.client.offset_encoding).position
  local version = vim.lsp.util.buf_versions[buffer]
  local asked = { position = position, line = answers.here().line, version = version }
  answers.present(buffer, asked, remainders(answer, item, before, part, position))
end

--- Accept a part of what is shown; the rest stays on the screen. Suggestions of other servers, and
--- snippets, are accepted as a whole.
---@param part_of fun(text: string): string
---@return boolean # whether there was anything to accept
function M.accept(part_of)
  if not vim.lsp.inline_completion then return false end
  local buffer = vim.api.nvim_get_current_buf()
  return vim.lsp.inline_completion.get({
    on_accept = function(selected)
      local answer = answers.of(buffer)
      for _, item in ipairs(answer and answer.items or {}) do
        local is_selected = answer.client.id == selected.client_id
          and item.insertText == selected.insert_text
        if is_selected and type(item.insertText) == 'string' then
          accept_item(buffer, answer, item, part_of)
          return nil
        end
      end
      return selected
    end,
  })
end

--- Take what is shown off the screen, and have the server know that it was not wanted.
---@return boolean # whether there was anything
function M.dismiss()
  if not vim.lsp.inline_completion then return false end
  return vim.lsp.inline_completion.get({
    on_accept = function(selected)
      local client = vim.lsp.get_client_by_id(selected.client_id)
      if client and client.name == 'coterie' and selected.command then
        local name = selected.command.arguments[1]
        local params = { command = 'coterie.dismissed', arguments = { name } }
        client:request('workspace/executeCommand', params, function() end)
      end
    end,
  })
end

return M
