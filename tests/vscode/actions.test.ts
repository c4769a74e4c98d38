/** Code actions: their progress is shown and can be cancelled, and nothing is edited unasked. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { until } from './processes.ts';
import type { Window } from './window.ts';
import { ARTIFACTS, type Cast, Workbench } from './workbench.ts';

const BROKEN = 'x = 1 +* 2\n';
const FIXED = 'x = 1 + 2\n';
const STUB = 'def add(a, b):\n    """Return the sum.\n\n    >>> add(1, 2)\n    3\n    """\n';

const CAST: Cast = {
  small: {
    answers: {
      '    """': ['\n    return a - b', '\n    return a + b', '\n    return a * b'],
    },
    otherwise: ['x = 1 + 2'],
    delay: 3,
  },
  large: { otherwise: ['x = 1 + 2'] },
};

const workbench = new Workbench();
let window: Window;

before(async () => {
  await workbench.start();
  window = await workbench.open({ 'broken.py': BROKEN, 'stub.py': STUB }, { cast: CAST });
  await window.ready();
});

after(async () => {
  assert.deepEqual(await workbench.close(), []);
});

/** Chooses a code action from the editor's own list. */
async function order(title: string, list: string): Promise<void> {
  await window.execute(list);
  const entry = window.page.locator('.action-widget .monaco-list-row', { hasText: title });
  await entry.waitFor();
  await window.picture(ARTIFACTS, 'code-actions');
  await entry.click();
}

/** Waits until the edit is shown, ticks it, and has it made. */
async function confirm(picture: string): Promise<void> {
  const apply = window.page.getByRole('button', { name: 'Apply', exact: true });
  await apply.waitFor();
  await window.page.locator('.edit-checkbox').first().click();
  await window.picture(ARTIFACTS, picture);
  await apply.click();
}

test('an order is cancelled half-way, and the document stays as it is', async () => {
  await window.edit('broken.py', 0, 3);
  await order('fix this syntax error', 'editor.action.quickFix');
  const progress = window.page.locator('.notification-list-item', { hasText: 'syntax error' });
  await progress.waitFor();
  await window.picture(ARTIFACTS, 'code-action-progress');
  await progress.hover();
  await progress.getByRole('button', { name: 'Cancel' }).click();
  await until('no progress', async () => (await progress.count()) === 0);
  await window.page.waitForTimeout(4000);
  assert.equal(await window.text(), BROKEN);
});

test('an order is carried out, shown, and made when it is confirmed', async () => {
  await window.edit('broken.py', 0, 3);
  await order('fix this syntax error', 'editor.action.quickFix');
  await window.page.getByText('rewritten by a model').first().waitFor();
  await confirm('code-action');
  await window.becomes(FIXED);
  await window.edit('broken.py', 0, 3);
  await window.press('Control+z');
  await window.becomes(BROKEN);
});

test('a function is completed and verified by its example', async () => {
  await window.edit('stub.py', 0, 5);
  await order('complete this function', 'editor.action.refactor');
  await window.page.getByText(/passed|passes/).first().waitFor();
  await confirm('code-action-verified');
  await until('the body', async () => (await window.text()).includes('return a + b'));
  assert.ok((await window.text()).startsWith(STUB.trimEnd()));
});
