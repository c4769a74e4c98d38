--- Starts a server again that has died, as often as makes sense: Neovim leaves that to its users.
local M = {}

local MOST = 5
local WITHIN_S = 180
local FIRST_PAUSE_MS = 200

---@type number[] the times of the last restarts, in seconds
local restarts = {}

--- Whether a server ended by itself, in the words of Neovim, which warns of just these.
---@param code integer
---@param signal integer
function M.is_crash(code, signal)
  return code ~= 0 or (signal ~= 0 and signal ~= 15)
end

---@return integer? # how many milliseconds to wait before the next one, nil if it is enough
local function pause()
  local now = vim.uv.now() / 1000
  restarts = vim.tbl_filter(function(time) return now - time < WITHIN_S end, restarts)
  if #restarts >= MOST then return nil end
  table.insert(restarts, now)
  return FIRST_PAUSE_MS * 4 ^ (#restarts - 1)
end

---@param buffer integer
local function ask(buffer)
  local inserting = vim.api.nvim_get_mode().mode:sub(1, 1) == 'i'
  if inserting and vim.api.nvim_get_current_buf() == buffer then
    vim.api.nvim_exec_autocmds('CursorMovedI', { buffer = buffer, modeline = false })
  end
end

--- Once a server is there again, have Neovim ask it as after a key: by itself it asks nothing.
---@param buffer integer
local function ask_when_attached(buffer)
  vim.api.nvim_create_autocmd('LspAttach', {
    buffer = buffer,
    once = true,
    callback = function()
      -- Neovim schedules what makes it ask after this event, so this comes after that.
      vim.schedule(function()
        vim.schedule(function() ask(buffer) end)
      end)
    end,
  })
end

--- Note that a server has ended; for `on_exit` of its configuration.
---@param code integer
---@param signal integer
---@param client_id integer
function M.exited(code, signal, client_id)
  local client = vim.lsp.get_client_by_id(client_id)
  -- One that never got to work would not do so the next time.
  if not client or not client.initialized or not M.is_crash(code, signal) then return end
  local buffers = vim.tbl_keys(client.attached_buffers)
  vim.schedule(function()
    if vim.v.exiting ~= vim.NIL then return end
    local milliseconds = pause()
    if not milliseconds then
      local message = 'Coterie: the server has died again and again; see :checkhealth coterie'
      vim.notify(message, vim.log.levels.WARN)
      return
    end
    vim.defer_fn(function()
      for _, buffer in ipairs(buffers) do
        if vim.api.nvim_buf_is_loaded(buffer) then
          ask_when_attached(buffer)
          vim.lsp.start(client.config, { bufnr = buffer })
        end
      end
    end, milliseconds)
  end)
end

return M
