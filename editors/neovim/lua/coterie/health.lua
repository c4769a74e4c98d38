--- `:checkhealth coterie`: what Neovim needs, and what `coterie doctor` finds.
local M = {}

local PATIENCE_MS = 120000
local REPORT = { ok = vim.health.ok, warn = vim.health.warn, fail = vim.health.error }

local function check_neovim()
  vim.health.start('Neovim')
  if vim.lsp.inline_completion then
    vim.health.ok('inline completion is there')
    if not vim.lsp.inline_completion.is_enabled() then
      vim.health.warn('inline completion is off', { ':lua vim.lsp.inline_completion.enable()' })
    end
  else
    vim.health.warn('no inline completion: suggestions are ordinary completion items', {
      'Neovim 0.12 shows them where you type.',
    })
  end
  local attached = vim.lsp.get_clients({ name = 'coterie' })
  if #attached == 0 then
    vim.health.info('the server is not running: it starts with the first file that you open')
  end
  for _, client in ipairs(attached) do
    local buffers = vim.tbl_count(client.attached_buffers)
    local version = vim.tbl_get(client, 'server_info', 'version') or 'of unknown version'
    vim.health.ok(('the server %s is attached to %d buffer(s)'):format(version, buffers))
  end
end

--- Return the server's command with `doctor` instead of `serve`, nil if it is no command of ours.
---@return string[]?
local function doctors_command()
  local cmd = vim.lsp.config.coterie and vim.lsp.config.coterie.cmd
  if type(cmd) ~= 'table' then return nil end
  for index, word in ipairs(cmd) do
    if word == 'serve' then
      return vim.list_extend(vim.list_slice(cmd, 1, index - 1), { 'doctor', '--json' })
    end
  end
  return nil
end

---@class coterie.Report
---@field works boolean
---@field findings { name: string, status: string, detail: string, remedy: string }[]

---@param text string
---@return coterie.Report?
local function read(text)
  local is_json, report = pcall(vim.json.decode, text)
  return is_json and type(report) == 'table' and report or nil
end

local function check_server()
  vim.health.start('Server: coterie doctor')
  local command = doctors_command()
  if not command then
    vim.health.warn('the server is not started by `coterie serve`, so there is no doctor to ask')
    return
  end
  if vim.fn.executable(command[1]) == 0 then
    vim.health.error(('there is no command %s'):format(command[1]), {
      "Put coterie on your PATH, or its full path into vim.lsp.config('coterie', { cmd = … }).",
    })
    return
  end
  local result = vim.system(command, { text = true, timeout = PATIENCE_MS }):wait()
  local report = read(result.stdout or '')
  if not report then
    local message = '%s gave no report (exit code %d)'
    local text = message:format(table.concat(command, ' '), result.code)
    vim.health.error(text, { vim.trim(result.stderr or '') })
    return
  end
  for _, finding in ipairs(report.findings) do
    local remedies = finding.remedy ~= '' and { finding.remedy } or nil
    local say = REPORT[finding.status] or vim.health.info
    say(('%s: %s'):format(finding.name, finding.detail), remedies)
  end
  if not report.works then vim.health.error('nothing can be completed here') end
end

function M.check()
  check_neovim()
  check_server()
end

return M
