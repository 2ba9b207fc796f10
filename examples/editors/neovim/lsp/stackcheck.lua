-- Neovim 0.11 or newer: copy to ~/.config/nvim/lsp/stackcheck.lua, and write into init.lua:
--   vim.lsp.enable("stackcheck")
-- The server leaves alone what is no project file; targets stand in [tool.stackcheck] of pyproject.toml.
return {
  cmd = { "stackcheck", "lsp" },
  filetypes = { "requirements", "text", "toml", "dockerfile", "yaml", "python", "sh", "dosini", "xml", "json", "conf" },
  root_markers = { "pyproject.toml", ".git" },
}
