/** Writing with suggestions: they appear, are accepted whole and in parts, cycled and undone. */

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import type { Window } from './window.ts';
import { ARTIFACTS, type Cast, Workbench } from './workbench.ts';

/** What the models write after the beginning of a line. */
const CAST: Cast = {
  small: {
    answers: {
      'first = ': ['one_thing + another'],
      'words: ': ['alpha beta gamma'],
      '    ': ['both = a + b\n    print(both)\n    return both'],
      'choose ': ['this way', 'this way', 'that way'],
      'total = ': ['max(1, 2)'],
      'x = "😀😀" + ': ['"wave"'],
      'other ': ['document'],
      'undo ': ['nothing of this'],
    },
    otherwise: [''],
  },
  large: { answers: { 'choose ': ['this way', 'that way'] }, otherwise: [''] },
};

const workbench = new Workbench();
let window: Window;

before(async () => {
  await workbench.start();
  const files = { 'notes.txt': 'first', 'add.py': '', 'second.txt': 'other', 'why.txt': 'first =' };
  window = await workbench.open(files, { cast: CAST });
  await window.ready();
});

afterEach(async ({ name }) => {
  await window.picture(ARTIFACTS, `last-${name.replaceAll(/\W+/g, '-')}`);
  assert.deepEqual(await window.notifications(), []);
});

after(async () => {
  assert.deepEqual(await workbench.close(), []);
});

/** Replaces a document by a text and waits until nothing is suggested any more. */
async function fresh(file: string, text = ''): Promise<void> {
  await window.edit(file);
  await window.press('Control+a', 'Delete');
  await window.noGhost();
  if (text !== '') {
    await window.type(text);
  }
}

test('a suggestion is accepted as a whole, and undo restores exactly', async () => {
  await fresh('notes.txt', 'first = ');
  await window.ghostText('one_thing + another');
  await window.picture(ARTIFACTS, 'ghost-text');
  await window.press('Tab');
  await window.becomes('first = one_thing + another');
  await window.press('Control+z');
  await window.becomes('first = ');
  await window.noGhost();
});

test('it is accepted word by word', async () => {
  await fresh('notes.txt', 'words: ');
  await window.ghostText('alpha beta gamma');
  await window.press('Control+ArrowRight');
  await window.becomes('words: alpha');
  await window.ghostText(' beta gamma');
  // The space counts as a word to the editor.
  await window.press('Control+ArrowRight', 'Control+ArrowRight');
  await window.becomes('words: alpha beta');
  await window.ghostText(' gamma');
  await window.press('Tab');
  await window.becomes('words: alpha beta gamma');
});

test('it is accepted line by line', async () => {
  const head = 'def sum(a, b):\n    ';
  await fresh('add.py', 'def sum(a, b');
  // Typing the bracket that the editor has put there goes over it.
  await window.type('):\n');
  await window.ghostText(/return both/);
  await window.picture(ARTIFACTS, 'ghost-text-lines');
  for (const lines of ['both = a + b\n', '    print(both)\n', '    return both']) {
    const before = await window.text();
    await window.ghostText(/return both/);
    await window.execute('editor.action.inlineSuggest.acceptNextLine');
    await window.becomes(before + lines);
  }
  assert.ok((await window.text()).startsWith(head));
});

test('typing what is suggested keeps the rest', async () => {
  await fresh('notes.txt', 'words: ');
  await window.ghostText('alpha beta gamma');
  await window.type('alp');
  await window.ghostText('ha beta gamma');
  await window.press('Escape');
  await window.noGhost();
});

test('another suggestion is shown by the key for it', async () => {
  await fresh('notes.txt', 'choose ');
  await window.ghostText('this way');
  await window.press('Alt+]');
  await window.ghostText('that way');
  await window.press('Tab');
  await window.becomes('choose that way');
});

test('what was dismissed does not come back by itself', async () => {
  // Where the first test took it back it would not come again.
  await fresh('notes.txt', '\nfirst = ');
  await window.ghostText('one_thing + another');
  await window.press('Escape');
  await window.noGhost();
  await window.page.waitForTimeout(1000);
  assert.equal(await window.ghost(), '');
});

test('nothing is suggested after an undo', async () => {
  await fresh('notes.txt', 'undo ');
  await window.ghostText('nothing of this');
  await window.press('Escape');
  await window.type('x');
  await window.press('Control+z');
  await window.page.waitForTimeout(1000);
  assert.equal(await window.ghost(), '');
});

test('a range over an auto-closed bracket', async () => {
  await fresh('add.py', 'total = ');
  await window.ghostText('max(1, 2)');
  await window.type('max(');
  await window.becomes('total = max()');
  await window.ghostText();
  await window.press('Tab');
  await window.becomes('total = max(1, 2)');
});

test('an emoji before the cursor', async () => {
  await fresh('notes.txt');
  await window.page.keyboard.insertText('x = "😀😀" +');
  await window.type(' ');
  await window.ghostText('"wave"');
  await window.press('Tab');
  await window.becomes('x = "😀😀" + "wave"');
});

test('two documents side by side', async () => {
  await fresh('notes.txt', 'choose ');
  await window.ghostText('this way');
  await window.execute('workbench.action.splitEditor');
  await window.edit('second.txt');
  await window.type(' ');
  await window.ghostText('document');
  await window.press('Tab');
  await window.becomes('other document');
  await window.execute('workbench.action.files.saveAll');
});

test('a document that is no file', async () => {
  await window.execute('workbench.action.files.newUntitledFile');
  await window.execute('workbench.action.focusActiveEditorGroup');
  await window.becomes('');
  await window.type('first = ');
  await window.ghostText('one_thing + another');
  await window.press('Tab');
  await window.becomes('first = one_thing + another');
  await window.execute('workbench.action.revertAndCloseActiveEditor');
});

test('the reasons for a suggestion are a document', async () => {
  await window.edit('why.txt');
  await window.type(' ');
  await window.ghostText('one_thing + another');
  await window.execute('coterie.explainSuggestion');
  const tab = window.page.locator('.tab', { hasText: 'Why this suggestion?' });
  await tab.waitFor();
  await window.page.getByText('How it came about').waitFor();
  await window.picture(ARTIFACTS, 'reasons');
  const text = await window.ask<string>('textOf', { name: 'Why this suggestion?' });
  assert.match(text, /one_thing \+ another/);
  assert.match(text, /3 of small/);
});
