---@brief
---
--- Coterie, a private, offline code-completion server: several small local models that must agree,
--- and prove it, before they speak. It needs no account and no network, and starts with the models
--- that come with it. Suggestions are shown by Neovim's own inline completion (0.12):
---
--- ```lua
--- vim.lsp.enable('coterie')
--- vim.lsp.inline_completion.enable()
--- ```

---@type vim.lsp.Config
return {
  cmd = { 'coterie', 'serve' },
  filetypes = {
    'bash', 'c', 'cpp', 'cs', 'css', 'go', 'html', 'java', 'javascript', 'javascriptreact',
    'json', 'jsonc', 'lua', 'php', 'python', 'ruby', 'rust', 'sh', 'toml', 'typescript',
    'typescriptreact', 'yaml', 'zsh',
  },
  root_markers = { '.git', '.hg', '.jj' },
}
