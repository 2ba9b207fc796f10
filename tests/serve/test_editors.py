"""The set-ups under examples/editors: each starts the server as its editor would."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.cli.command import EXAMPLES

if TYPE_CHECKING:
    from pathlib import Path

VSCODE = EXAMPLES / "editors" / "vscode"
NEOVIM = EXAMPLES / "editors" / "neovim"
STUBS = """
const Module = require("module");
const load = Module._load;
const settings = { command: "stackcheck", targets: ["dgx-spark", "gh200"] };
class LanguageClient {
  constructor(...given) { this.given = given; }
  async start() { console.log(JSON.stringify(this.given)); }
  stop() { console.log("stopped"); }
}
const stubs = {
  "vscode": { workspace: { getConfiguration: () => ({ get: (name) => settings[name] }) } },
  "vscode-languageclient/node": { LanguageClient },
};
Module._load = (name, ...rest) => stubs[name] ?? load(name, ...rest);
const extension = require(process.argv[2]);
extension.activate().then(() => extension.deactivate());
"""
"""An editor of nothing but what the extension asks for."""
NODE = shutil.which("node")
NVIM = shutil.which("nvim")


def test_the_extension_is_whole() -> None:
    package = json.loads((VSCODE / "package.json").read_text(encoding="utf-8"))
    text = (VSCODE / package["main"]).read_text(encoding="utf-8")
    asked = set(re.findall(r'settings\.get\("(\w+)"\)', text))
    assert {f"stackcheck.{name}" for name in asked} == set(package["contributes"]["configuration"]["properties"])
    required = set(re.findall(r'require\("([^"/]+)', text)) - {"vscode"}
    assert required == set(package["dependencies"])


@pytest.mark.skipif(NODE is None, reason="node is not installed")
def test_the_extension_starts_the_server(tmp_path: Path) -> None:
    (tmp_path / "stubs.js").write_text(STUBS, encoding="utf-8")
    argv = [str(NODE), str(tmp_path / "stubs.js"), str(VSCODE / "extension.js")]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    started, stopped = done.stdout.splitlines()
    name, _, server, options = json.loads(started)
    assert (name, stopped) == ("stackcheck", "stopped")
    assert server == {"command": "stackcheck", "args": ["lsp", "--target", "dgx-spark", "--target", "gh200"]}
    assert [one["scheme"] for one in options["documentSelector"]] == ["file"]


SESSION = """
vim.lsp.enable("stackcheck")
vim.cmd("edit requirements.txt")
local function wait(holds) assert(vim.wait(60000, holds, 50)) end
wait(function() return #vim.diagnostic.get(0) > 0 end)
for _, one in ipairs(vim.diagnostic.get(0)) do print(one.lnum, one.severity, one.code) end
vim.api.nvim_buf_set_lines(0, 0, 0, false, { "# unsaved" })
wait(function() return vim.diagnostic.get(0)[1].lnum == 1 end)
vim.lsp.buf.code_action({ context = { only = { "source.fixAll" }, diagnostics = {} }, apply = true })
wait(function() return vim.api.nvim_buf_get_lines(0, 2, 3, false)[1] ~= "torchvision==0.23.0" end)
print(table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), " | "))
vim.cmd("qa!")
"""


@pytest.mark.skipif(NVIM is None, reason="nvim is not installed")
def test_neovim(tmp_path: Path) -> None:
    """Diagnostics of the saved text, of an unsaved one, and all fixes at once."""
    (tmp_path / "pyproject.toml").write_text('[tool.stackcheck]\ntargets = ["dgx-spark"]\n', encoding="utf-8")
    (tmp_path / "requirements.txt").write_text("torch==2.9.0\ntorchvision==0.23.0\n", encoding="utf-8")
    shutil.copytree(NEOVIM, tmp_path / "config" / "nvim")
    (tmp_path / "session.lua").write_text(SESSION, encoding="utf-8")
    programs = os.pathsep.join((os.path.dirname(sys.executable), os.environ["PATH"]))  # noqa: PTH120
    done = subprocess.run(
        [str(NVIM), "--headless", "-c", "luafile session.lua"],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=tmp_path,
        env={
            **os.environ,
            "PATH": programs,
            "XDG_CONFIG_HOME": str(tmp_path / "config"),
            "XDG_STATE_HOME": str(tmp_path),
        },
        check=True,
    )
    said = (done.stdout + done.stderr).replace("\r", "").splitlines()
    assert "0 1 torch/pypi-aarch64-cpu" in said
    assert said[-1] == "# unsaved | torch==2.9.0 | torchvision==0.24.0"
