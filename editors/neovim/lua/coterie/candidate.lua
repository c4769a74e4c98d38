--- One suggestion as text: what of it has not been typed yet, and how it is cut into parts. Pure.
local M = {}

local CLOSERS = '^[%)%]}>"\'`]*$'

--- Where the cursor is, from 0 and in bytes, and the text of its line.
---@class coterie.Here
---@field row integer
---@field column integer
---@field line string

--- Where and at which version something was asked for, and the text of that line then.
---@class coterie.Asked
---@field position lsp.Position
---@field line string
---@field version integer

---@class coterie.Rest
---@field text string what accepting would put in at the cursor
---@field closers string closing brackets and quotes behind the cursor that the text brings along

--- Return how many of the closers a text contains, in their order: these it replaces.
---@param text string
---@param closers string
---@return integer
function M.contained(text, closers)
  local position = 0
  for index = 1, #closers do
    position = text:find(closers:sub(index, index), position + 1, true)
    if not position then return index - 1 end
  end
  return #closers
end

--- Return which closers stand behind the cursor that a text is to replace, nil if the rest of the
--- line is another one than it was. Since it was asked for, an editor may have put some there by
--- itself, and somebody may have typed over them.
---@param replaced string those that it was to replace then
---@param before string what stood behind the cursor then
---@param after string and now
---@return string?
local function closers_now(replaced, before, after)
  if vim.endswith(after, before) then
    local added = after:sub(1, #after - #before)
    return added:match(CLOSERS) and added .. replaced or nil
  end
  local gone = before:sub(1, #before - #after)
  local is_typed_over = vim.endswith(before, after) and vim.startswith(replaced, gone)
  return is_typed_over and replaced:sub(#gone + 1) or nil
end

--- Return what of an item is still to be put in, or nil if what was typed meanwhile is another
--- text.
---@param item lsp.InlineCompletionItem
---@param asked coterie.Asked
---@param now coterie.Here
---@param encoding 'utf-8'|'utf-16'|'utf-32'
---@return coterie.Rest?
function M.rest(item, asked, now, encoding)
  local range = item.range or { start = asked.position, ['end'] = asked.position }
  local row = asked.position.line
  if now.row ~= row or range.start.line ~= row or range['end'].line ~= row then return nil end
  local function bytes(position)
    return vim.str_byteindex(asked.line, encoding, position.character, false)
  end
  local start, cursor = bytes(range.start), bytes(asked.position)
  local typed = now.line:sub(start + 1, now.column)
  local is_begun = now.column >= start
    and now.line:sub(1, start) == asked.line:sub(1, start)
    and vim.startswith(item.insertText, typed)
  if not is_begun then return nil end
  local text = item.insertText:sub(#typed + 1)
  local replaced = asked.line:sub(cursor + 1, bytes(range['end']))
  local closers = closers_now(replaced, asked.line:sub(cursor + 1), now.line:sub(now.column + 1))
  if text == '' or not closers or M.contained(text, closers) < #closers then return nil end
  return { text = text, closers = closers }
end

--- Return the next word, with the space before it: what the motion `w` would pass over.
---@param text string
---@return string
function M.word(text)
  local word = vim.fn.matchstr(text, [[^\_s*\%(\k\+\|\%(\k\@!\S\)\+\)]])
  return word ~= '' and word or text
end

--- Return the rest of the line, or the next line if this one is complete.
---@param text string
---@return string
function M.line(text)
  return (text:match('^\n*[^\n]*'))
end

--- Return all of it.
---@param text string
---@return string
function M.all(text)
  return text
end

--- Put the item whose text is on the screen first, so that an answer changes nothing that is read.
---@generic Item
---@param items Item[]
---@param text_of fun(item: Item): string?
---@param shown string
---@return Item[]
function M.steady(items, text_of, shown)
  local first, others = {}, {}
  for _, item in ipairs(items) do
    local is_shown = #first == 0 and shown ~= '' and text_of(item) == shown
    table.insert(is_shown and first or others, item)
  end
  return vim.list_extend(first, others)
end

return M
