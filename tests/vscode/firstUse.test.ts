/**
 * The first day: a clean profile with nothing but the extension, no server anywhere. After consent
 * the server installs itself, with its own models, and the first suggestion appears.
 */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { until } from './processes.ts';
import type { Window } from './window.ts';
import { ARTIFACTS, ROOT, Workbench } from './workbench.ts';

const SOURCE = `\
class Point:
    def __init__(self, x, y, z):
        self.x = x
        self.y = y
`;
const INSTALLED = 10 * 60_000;

const workbench = new Workbench();
let window: Window;

before(async () => {
  // What somebody else has compiled for this machine counts as prebuilt.
  const python = path.join(ROOT, '.venv', 'bin', 'python');
  const script = path.join(ROOT, '.ci', 'llama_wheel.py');
  const wheel = execFileSync(python, [script, 'wheel'], { encoding: 'utf8' }).trim();
  const links = [path.dirname(wheel), process.env['PIP_FIND_LINKS'] ?? ''];
  const folders = (process.env['PATH'] ?? '').split(':');
  await workbench.start({
    PIP_FIND_LINKS: links.join(' ').trim(),
    PATH: folders.filter((folder) => !folder.startsWith(ROOT)).join(':'),
  });
  window = await workbench.open({ 'point.py': SOURCE }, {});
});

after(async () => {
  assert.deepEqual(await workbench.close(), []);
});

test('it asks before it installs, and says what', async () => {
  const dialog = window.page.locator('.monaco-dialog-box');
  await dialog.waitFor();
  await window.picture(ARTIFACTS, 'consent');
  const text = (await dialog.textContent()) ?? '';
  assert.match(text, /Install the Coterie server on this machine\?/);
  assert.match(text, /compiled, which takes minutes/);
  await window.statusBecomes(/not installed/);
  await dialog.getByRole('button', { name: 'Install' }).click();
  await window.statusBecomes(/installing: /);
  await window.page.waitForTimeout(3000);
  await window.picture(ARTIFACTS, 'installing');
  await until('ready', async () => /: ready/.test(await window.status()), INSTALLED);
  assert.deepEqual(await window.notifications(), []);
});

test('the first suggestion appears and is accepted', async () => {
  await window.edit('point.py');
  await window.type('        self.z =');
  const ghost = await window.ghostText();
  await window.picture(ARTIFACTS, 'first-suggestion');
  const before = await window.text();
  await window.press('Tab');
  await window.becomes(before + ghost);
});

test('the doctor finds everything in order', async () => {
  await window.execute('coterie.runDoctor');
  const name = 'What the doctor says';
  const text = await until('a report', () => window.ask<string>('textOf', { name }));
  assert.match(text, /Completing works here/);
  await window.picture(ARTIFACTS, 'doctor');
});

test('the walkthrough is there', async () => {
  await window.execute('coterie.getStarted');
  await window.page.getByText('Get the server').first().waitFor();
  await window.picture(ARTIFACTS, 'walkthrough');
});
