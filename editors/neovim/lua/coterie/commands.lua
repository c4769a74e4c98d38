--- `:Coterie why`, `:Coterie status` and so on.
local M = {}

---@type table<string, fun()>
local ACTIONS = {
  why = function() require('coterie').why() end,
  toggle = function() require('coterie').toggle() end,
  doctor = function() vim.cmd.checkhealth('coterie') end,
  status = function()
    vim.api.nvim_echo({ { table.concat(require('coterie.condition').lines(), '\n') } }, true, {})
  end,
}

---@param arguments vim.api.keyset.create_user_command.command_args
local function run(arguments)
  local action = ACTIONS[arguments.args]
  if not action then
    local known = vim.tbl_keys(ACTIONS)
    table.sort(known)
    local message = 'there is no :Coterie %s, but: %s'
    local text = message:format(arguments.args, table.concat(known, ', '))
    vim.notify(text, vim.log.levels.ERROR)
    return
  end
  action()
end

---@param begun string
local function complete(begun)
  local found = vim.tbl_filter(function(name)
    return vim.startswith(name, begun)
  end, vim.tbl_keys(ACTIONS))
  table.sort(found)
  return found
end

--- Define the command.
function M.define()
  vim.api.nvim_create_user_command('Coterie', run, {
    nargs = 1,
    complete = complete,
    desc = 'Coterie: why, status, toggle or doctor',
  })
end

return M
