--- What the server answered last in each buffer. Neovim keeps its own list of items to itself, so
--- its requests pass through here: the list that it gets is the list that we keep, and more can be
--- shown by handing its handler another one.
local candidate = require('coterie.candidate')

local M = {}

local METHOD = 'textDocument/inlineCompletion'

---@class coterie.Answer
---@field client vim.lsp.Client
---@field asked coterie.Asked
---@field items lsp.InlineCompletionItem[] the very table from which Neovim selects
---@field context lsp.HandlerContext
---@field handler lsp.Handler Neovim's own: it shows the first item

---@type table<integer, coterie.Answer>
local answers = {}
---@type table<integer, true>
local watched = {}

---@param buffer integer
---@return coterie.Answer?
function M.of(buffer)
  return answers[buffer]
end

--- Forget a buffer's answer, because the server or the buffer has gone.
---@param buffer integer
function M.forget(buffer)
  answers[buffer] = nil
end

--- Return where the cursor is, in the current window.
---@return coterie.Here
function M.here()
  local row, column = unpack(vim.api.nvim_win_get_cursor(0))
  return { row = row - 1, column = column, line = vim.api.nvim_get_current_line() }
end

--- Return the text that Neovim shows but has not got, from the cursor on; "" if there is none.
---@param buffer integer
---@return string
function M.visible(buffer)
  local namespace = vim.api.nvim_get_namespaces()['nvim.lsp.inline_completion']
  local marks = namespace
    and vim.api.nvim_buf_get_extmarks(buffer, namespace, 0, -1, { details = true, limit = 1 })
  if not marks or not marks[1] then return '' end
  local _, row, column, details = unpack(marks[1])
  local lines = {}
  for _, chunks in ipairs({ details.virt_text or {}, unpack(details.virt_lines or {}) }) do
    -- Which of several it is stands behind the text.
    local texts = vim.tbl_map(function(chunk)
      return chunk[2] ~= 'ComplHintMore' and chunk[1] or ''
    end, chunks)
    table.insert(lines, table.concat(texts))
  end
  local shown = table.concat(lines, '\n')
  local now = M.here()
  -- A bracket that stands there already is not drawn once more.
  local there = now.row == row and shown ~= '' and now.line:sub(now.column + 1, column) or ''
  return there .. shown
end

--- Whether a handler is the one that shows inline completions. Other plugins may ask the server,
--- too, and theirs must not be taken for it. Were Neovim to rename the file, the rest of a part
--- would come back a moment later, and better suggestions with the next request.
---@param handler lsp.Handler
local function is_neovims(handler)
  return debug.getinfo(handler, 'S').source:find('vim/lsp/inline_completion', 1, true) ~= nil
end

---@param buffer integer
---@param answer coterie.Answer
---@param shown string what is on the screen and should stay there
local function keep(buffer, answer, shown)
  local now = M.here()
  answer.items = candidate.steady(answer.items, function(item)
    local rest = M.rest(answer, item, now)
    return rest and rest.text
  end, shown)
  answers[buffer] = answer
end

--- Return what of an item is still to be put in; nil for snippets, which are Neovim's business.
---@param answer coterie.Answer
---@param item lsp.InlineCompletionItem
---@param now coterie.Here
---@return coterie.Rest?
function M.rest(answer, item, now)
  if type(item.insertText) ~= 'string' then return nil end
  return candidate.rest(item, answer.asked, now, answer.client.offset_encoding)
end

--- Whether somebody asked expressly, or has changed something since the last undo: otherwise what
--- was just taken back would be suggested again.
---@param buffer integer
---@param params lsp.InlineCompletionParams
local function is_wanted(buffer, params)
  local automatic = vim.lsp.protocol.InlineCompletionTriggerKind.Automatic
  if params.context.triggerKind ~= automatic then return true end
  local changes = vim.fn.undotree(buffer)
  return changes.seq_cur == changes.seq_last
end

--- Note what is asked and answered through a client from now on.
---@param client vim.lsp.Client
function M.watch(client)
  if watched[client.id] then return end
  watched[client.id] = true
  local request = client.request
  client.request = function(self, method, params, handler, buffer)
    if method ~= METHOD or not handler or not is_neovims(handler) then
      return request(self, method, params, handler, buffer)
    end
    local row = params.position.line
    local asked = {
      position = params.position,
      line = vim.api.nvim_buf_get_lines(buffer, row, row + 1, false)[1] or '',
      version = vim.lsp.util.buf_versions[buffer],
    }
    return request(self, method, params, function(err, result, context)
      if err or not result or buffer ~= vim.api.nvim_get_current_buf() then
        return handler(err, result, context)
      end
      local items = is_wanted(buffer, params) and (result.items or result) or {}
      keep(buffer, {
        client = client,
        asked = asked,
        items = items,
        context = context,
        handler = handler,
      }, M.visible(buffer))
      return handler(nil, { items = answers[buffer].items }, context)
    end, buffer)
  end
end

--- Show other items instead, as if the server had answered them. Does nothing where Neovim would
--- not show them.
---@param buffer integer
---@param asked coterie.Asked
---@param items lsp.InlineCompletionItem[]
function M.present(buffer, asked, items)
  local answer = answers[buffer]
  if not answer or not vim.lsp.inline_completion.is_enabled({ bufnr = buffer }) then return end
  answers[buffer] = vim.tbl_extend('force', answer, { asked = asked, items = items })
  answer.handler(nil, { items = items }, answer.context)
end

--- Ask the server now, for what is at the cursor.
---@param buffer integer
---@param kind lsp.InlineCompletionTriggerKind
---@return boolean # whether it could be asked
function M.ask(buffer, kind)
  local answer = answers[buffer]
  if not answer or answer.client:is_stopped() then return false end
  local params = vim.lsp.util.make_position_params(0, answer.client.offset_encoding)
  ---@cast params lsp.InlineCompletionParams
  params.context = { triggerKind = kind }
  return (answer.client:request(METHOD, params, answer.handler, buffer))
end

return M
