--- Keys in insert mode. A key that has nothing to do here does what it did before.
local M = {}

---@type table<string, string>
M.defaults = {
  accept = '<Tab>',
  accept_word = '<M-Right>',
  accept_line = '<M-Down>',
  next = '<M-]>',
  previous = '<M-[>',
  dismiss = '<C-]>',
  suggest = [[<M-\>]],
}

local DESCRIPTIONS = {
  accept = 'Accept the suggestion',
  accept_word = 'Accept the next word of the suggestion',
  accept_line = 'Accept the next line of the suggestion',
  next = 'Show the next suggestion',
  previous = 'Show the previous suggestion',
  dismiss = 'Dismiss the suggestion',
  suggest = 'Ask for a suggestion',
}

---@param action string
local function run(action)
  return function() return require('coterie')[action]() end
end

--- Define `<Plug>(coterie-accept-word)` and so on.
function M.define_plugs()
  for action, description in pairs(DESCRIPTIONS) do
    local name = ('<Plug>(coterie-%s)'):format(action:gsub('_', '-'))
    vim.keymap.set('i', name, run(action), { desc = description })
  end
end

--- Return what a key does now: Neovim's own Tab, for one, jumps in a snippet.
---@param key string
---@return fun(): string
local function present_meaning(key)
  local mapping = vim.fn.maparg(key, 'i', false, true)
  if mapping.callback and mapping.expr == 1 then
    return function() return mapping.callback() or '' end
  end
  return function() return key end
end

--- Map keys to actions; an action whose key is false gets none.
---@param keys table<string, string|false>
function M.map(keys)
  for action, key in pairs(keys) do
    if not DESCRIPTIONS[action] then
      vim.notify(('coterie: there is no action %q to map'):format(action), vim.log.levels.WARN)
    elseif key then
      local otherwise = present_meaning(key)
      vim.keymap.set('i', key, function()
        if action ~= 'suggest' and not require('coterie').is_visible() then return otherwise() end
        -- An expression may not change the text, and what is shown is read before the next key.
        vim.schedule(run(action))
        return ''
      end, { expr = true, desc = DESCRIPTIONS[action] })
    end
  end
end

return M
