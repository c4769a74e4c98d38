/** The server's life as people see it: loading, killed, restarted, switched off, and in trouble. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { servers, until } from './processes.ts';
import type { Window } from './window.ts';
import { ARTIFACTS, type Cast, Workbench } from './workbench.ts';

const CAST: Cast = {
  small: { answers: { 'go ': ['on like this'] }, otherwise: [''], loading: 1 },
  large: { otherwise: [''], loading: 1 },
};
const FILES = { 'notes.txt': '' };

const workbench = new Workbench();

before(() => workbench.start());
after(async () => {
  assert.deepEqual(await workbench.close(), []);
});

async function suggests(window: Window): Promise<void> {
  await window.edit('notes.txt');
  await window.press('Control+a', 'Delete');
  await window.type('go ');
  await window.ghostText('on like this');
}

async function suggestsNothing(window: Window): Promise<void> {
  await window.edit('notes.txt');
  await window.press('Control+a', 'Delete');
  await window.type('go ');
  await window.page.waitForTimeout(1500);
  assert.equal(await window.ghost(), '');
}

test('loading, killed, restarted and switched', async (context) => {
  const window = await workbench.open(FILES, { cast: CAST });

  await context.test('loading is shown with its percentage, then ready', async () => {
    await window.statusBecomes(/loading models \d+ %/);
    await window.picture(ARTIFACTS, 'loading');
    await window.ready();
    await suggests(window);
  });

  await context.test('a killed server is started again', async () => {
    const [killed] = servers();
    process.kill(killed!.pid, 'SIGKILL');
    await until('another server', () => servers().some(({ pid }) => pid !== killed!.pid));
    await window.ready();
    await suggests(window);
    assert.equal(servers().length, 1);
  });

  await context.test('it is restarted by command', async () => {
    const [former] = servers();
    await window.execute('coterie.restart');
    await window.ready();
    await suggests(window);
    assert.ok(servers().every(({ pid }) => pid !== former!.pid));
  });

  await context.test('the menu switches a language off and on', async () => {
    const entries = await window.menu();
    await window.picture(ARTIFACTS, 'menu');
    assert.ok(entries.some((entry) => entry.includes('small')));
    await window.choose('Turn off for plaintext');
    await window.statusBecomes(/off for plaintext/);
    await suggestsNothing(window);
    await window.menu();
    await window.choose('Turn on for plaintext');
    await window.ready();
    await suggests(window);
  });

  await context.test('the menu switches the workspace off and on; then nothing runs', async () => {
    await window.menu();
    await window.choose('Turn off in this workspace');
    await window.statusBecomes(/: off/);
    await until('no server', () => servers().length === 0);
    await suggestsNothing(window);
    await window.menu();
    await window.choose('Turn on in this workspace');
    await window.ready();
    await suggests(window);
  });

  await context.test('everything is switched off and on by command', async () => {
    await window.execute('coterie.toggle');
    await window.statusBecomes(/: off/);
    await window.execute('coterie.toggle');
    await window.ready();
    await suggests(window);
  });

  await context.test('a user setting reaches the server', async () => {
    await window.update('coterie.suggest.in_comments', false);
    await window.ready();
    const [running] = await until('a server', () => servers().length === 1 && servers());
    await window.update('coterie.suggest.max_lines', 3);
    await until('another server', () => servers().some(({ pid }) => pid !== running!.pid));
    await window.ready();
    await suggests(window);
  });

  await context.test('the end of the window is the end of the server', async () => {
    assert.deepEqual(await window.notifications(), []);
    await window.close();
    await until('no server', () => servers().length === 0);
  });
});

test('a server that is not there is trouble with a remedy', async () => {
  const settings = { 'coterie.server.path': '/nowhere/coterie' };
  const window = await workbench.open(FILES, { settings });
  await window.statusBecomes(/names \/nowhere\/coterie, which is not a program/);
  const entries = await window.menu();
  await window.picture(ARTIFACTS, 'trouble');
  assert.match(entries[0]!, /Choose Its File/);
  assert.match(entries[1]!, /Install the Server/);
  await window.close();
});

test('models that cannot be loaded are trouble with a remedy', async () => {
  const refused = { refusal: 'the file is cut short' };
  const window = await workbench.open(FILES, { cast: { small: refused, large: refused } });
  await window.statusBecomes(/the file is cut short.*coterie doctor/);
  assert.match((await window.menu())[0]!, /Run the Doctor/);
  assert.deepEqual(await window.notifications(), []);
  await window.close();
});

test('a server of another version is refused, and it says why', async () => {
  const program = workbench.program('old', [
    `import json, sys`,
    `for line in sys.stdin.buffer:`,
    `    if line.startswith(b"Content-Length:"):`,
    `        sys.stdin.buffer.readline()`,
    `        message = json.loads(sys.stdin.buffer.read(int(line.split(b":")[1])))`,
    `        info = {"capabilities": {}, "serverInfo": {"name": "coterie", "version": "9.9.9"}}`,
    `        body = json.dumps({"jsonrpc": "2.0", "id": message.get("id"), "result": info})`,
    `        if "id" in message:`,
    `            print(f"Content-Length: {len(body)}\\r\\n\\r\\n{body}", end="", flush=True)`,
    `        if message.get("method") == "exit":`,
    `            break`,
  ]);
  const window = await workbench.open(FILES, { settings: { 'coterie.server.path': program } });
  await window.statusBecomes(/has version 9\.9\.9, which does not fit version/);
  await window.close();
});

test('a server that ends at once is not started for ever', async () => {
  const program = workbench.program('broken', ['raise SystemExit("it does not work")']);
  const window = await workbench.open(FILES, { settings: { 'coterie.server.path': program } });
  await window.statusBecomes(/again and again/);
  assert.deepEqual(await window.notifications(), []);
  assert.match(workbench.logs(), /it does not work/);
  await window.close();
});

test('in Restricted Mode suggestions work and no workspace setting counts', async () => {
  const workspace = { 'coterie.enabled': false };
  const trust = {
    'security.workspace.trust.enabled': true,
    'security.workspace.trust.startupPrompt': 'never',
    'security.workspace.trust.banner': 'never',
  };
  const restricted = await workbench.open(FILES, { cast: CAST, workspace, settings: trust });
  await restricted.page.getByText('Restricted Mode').first().waitFor();
  await restricted.ready();
  await suggests(restricted);
  await restricted.picture(ARTIFACTS, 'restricted-mode');
  const entries = await restricted.menu();
  assert.ok(entries.every((entry) => !entry.includes('workspace')));
  await restricted.close();

  const trusted = await workbench.open(FILES, { cast: CAST, workspace });
  await trusted.statusBecomes(/: off/);
  await suggestsNothing(trusted);
  await trusted.close();
});
