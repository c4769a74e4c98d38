--- What users call; everything is optional, because Neovim shows suggestions by itself.
local M = {}

---@class coterie.Options
---@field settings? table the server's settings, as in `init_options`
---@field keys? table<string, string|false>|false keys of actions, over the defaults; false: none

--- Start the server with the files that it knows, show its suggestions and map the keys.
---@param options? coterie.Options
function M.setup(options)
  options = options or {}
  vim.validate('settings', options.settings, 'table', true)
  vim.validate('keys', options.keys, { 'table', 'boolean' }, true)
  if options.settings then vim.lsp.config('coterie', { init_options = options.settings }) end
  if options.keys ~= false then
    local keys = require('coterie.keys')
    local wanted = type(options.keys) == 'table' and options.keys or {}
    keys.map(vim.tbl_extend('force', keys.defaults, wanted))
  end
  if vim.lsp.inline_completion then vim.lsp.inline_completion.enable() end
  vim.lsp.enable('coterie')
end

--- Accept the suggestion. Returns whether there was one.
---@return boolean
function M.accept()
  return require('coterie.accept').accept(require('coterie.candidate').all)
end

--- Accept its next word; the rest stays on the screen.
---@return boolean
function M.accept_word()
  return require('coterie.accept').accept(require('coterie.candidate').word)
end

--- Accept its next line; the rest stays on the screen.
---@return boolean
function M.accept_line()
  return require('coterie.accept').accept(require('coterie.candidate').line)
end

--- Show the next suggestion.
function M.next()
  if vim.lsp.inline_completion then vim.lsp.inline_completion.select({ count = 1 }) end
end

--- Show the previous suggestion.
function M.previous()
  if vim.lsp.inline_completion then vim.lsp.inline_completion.select({ count = -1 }) end
end

--- Take the suggestion off the screen. Returns whether there was one.
---@return boolean
function M.dismiss()
  return require('coterie.accept').dismiss()
end

--- Ask for a suggestion expressly: the models get more time for it than while you type.
---@return boolean # whether the server could be asked
function M.suggest()
  local kinds = vim.lsp.protocol.InlineCompletionTriggerKind
  local buffer = vim.api.nvim_get_current_buf()
  return kinds ~= nil and require('coterie.answers').ask(buffer, kinds.Invoked)
end

--- Whether a suggestion is on the screen.
---@return boolean
function M.is_visible()
  return require('coterie.answers').visible(vim.api.nvim_get_current_buf()) ~= ''
end

--- Show why the last suggestion in this buffer was made.
function M.why()
  require('coterie.reasons').show()
end

--- Switch suggestions off, or on again.
function M.toggle()
  local inline = vim.lsp.inline_completion
  if inline then inline.enable(not inline.is_enabled()) end
end

--- Return the server's condition for a statusline, such as "Coterie: ready"; "" where it is not.
---@param buffer? integer
---@return string
function M.status(buffer)
  return require('coterie.condition').text(buffer)
end

return M
