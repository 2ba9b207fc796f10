// Starts `stackcheck lsp` and hands it the files that are open; the server leaves alone what is no project file.
"use strict";

const { workspace } = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

const FILES = "**/{*.txt,*.in,*.toml,*.lock,*.cfg,*.yml,*.yaml,*.py,*.sh,*.bash,*.xml,*.json,Pipfile,*ockerfile*,*ontainerfile*}";

let client;

exports.activate = async () => {
  const settings = workspace.getConfiguration("stackcheck");
  const targets = settings.get("targets").flatMap((name) => ["--target", name]);
  const server = { command: settings.get("command"), args: ["lsp", ...targets] };
  client = new LanguageClient("stackcheck", "stackcheck", server, {
    documentSelector: [{ scheme: "file", pattern: FILES }],
  });
  await client.start();
};

exports.deactivate = () => client?.stop();
