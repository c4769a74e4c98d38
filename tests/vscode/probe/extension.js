// Lets a test see what an extension sees: it answers over a port of this machine, whose number it
// writes into the folder that COTERIE_TEST_PROBE names, in a file called like the workspace.
const { createHash } = require('node:crypto');
const { writeFileSync } = require('node:fs');
const { createServer } = require('node:http');
const path = require('node:path');
const vscode = require('vscode');

const actions = {
  state: () => {
    const editor = vscode.window.activeTextEditor;
    return editor && stateOf(editor);
  },
  textOf: ({ name }) => {
    const documents = vscode.workspace.textDocuments;
    return documents.find(({ uri }) => uri.path === `/${name}`)?.getText();
  },
  // Both documents, as soon as the server has caught up with the editor.
  compare: async ({ uri }) => {
    const document = vscode.workspace.textDocuments.find((each) => each.uri.toString() === uri);
    for (let tries = 0; tries < 100; tries += 1) {
      const theirs = await vscode.commands.executeCommand('coterie.documentHash', uri);
      const ours = { version: document.version, sha256: hash(document.getText()) };
      if (theirs && theirs.version === ours.version) {
        return { ours, theirs };
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error('the server did not catch up');
  },
  open: async ({ file }) => {
    await vscode.window.showTextDocument(vscode.Uri.file(file), { preview: false });
  },
  select: ({ line, character }) => {
    const position = new vscode.Position(line, character);
    vscode.window.activeTextEditor.selection = new vscode.Selection(position, position);
  },
  execute: ({ command, args }) => vscode.commands.executeCommand(command, ...(args ?? [])),
  update: ({ key, value, target }) =>
    vscode.workspace.getConfiguration().update(key, value, vscode.ConfigurationTarget[target]),
};

function stateOf({ document, selection }) {
  return {
    uri: document.uri.toString(),
    version: document.version,
    text: document.getText(),
    line: selection.active.line,
    character: selection.active.character,
  };
}

function hash(text) {
  return createHash('sha256').update(text).digest('hex');
}

function activate(context) {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', async () => {
      const { action, ...args } = JSON.parse(body);
      const answer = await Promise.resolve()
        .then(() => actions[action](args))
        .then((result) => ({ result: result ?? null }), (error) => ({ error: `${error}` }));
      response.end(JSON.stringify(answer));
    });
  });
  server.listen(0, '127.0.0.1', () => {
    const folder = vscode.workspace.workspaceFolders?.[0].name ?? 'none';
    const file = path.join(process.env.COTERIE_TEST_PROBE, folder);
    writeFileSync(file, `${server.address().port}`);
  });
  context.subscriptions.push({ dispose: () => server.close() });
}

module.exports = { activate };
