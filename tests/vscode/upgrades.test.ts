/** A better suggestion that comes after the answer: shown where nothing is, added where something is. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Window } from './window.ts';
import { ARTIFACTS, type Cast, Workbench } from './workbench.ts';

/** The small model is quick and disagrees with itself; the large one takes its time. */
const CAST: Cast = {
  small: { answers: { 'show = ': ['"quick"', '"rash"', '"hasty"'], 'wait = ': ['= = ='] }, otherwise: [''] },
  large: { answers: { 'show = ': ['1 + 2'], 'wait = ': ['3 + 4'] }, otherwise: [''], delay: 2 },
};

const workbench = new Workbench();
let window: Window;

before(async () => {
  await workbench.start();
  const settings = { 'coterie.deadline.automatic': '500 ms', 'coterie.suggest.minimum_agreement': 0 };
  window = await workbench.open({ 'a.py': '', 'b.py': '' }, { cast: CAST, settings });
  await window.ready();
});

after(async () => {
  assert.deepEqual(await window.notifications(), []);
  assert.deepEqual(await workbench.close(), []);
});

test('where nothing is shown, it appears by itself', async () => {
  await window.edit('a.py');
  await window.type('wait = ');
  await window.ghostText('3 + 4');
  await window.press('Tab');
  await window.becomes('wait = 3 + 4');
});

test('where something is shown, that stays, and the better one is the next', async () => {
  await window.edit('b.py');
  await window.type('show = ');
  const shown = await window.ghostText(/"/);
  await window.page.waitForTimeout(3500);
  assert.equal(await window.ghost(), shown);
  await window.press('Alt+]');
  const seen = new Set<string>();
  for (let tries = 0; tries < 8 && !seen.has('1 + 2'); tries += 1) {
    await window.page.waitForTimeout(200);
    seen.add(await window.ghost());
    await window.press('Alt+]');
  }
  assert.ok(seen.has('1 + 2'), `seen: ${[...seen].join(' | ')}`);
  await window.picture(ARTIFACTS, 'upgrade');
});
