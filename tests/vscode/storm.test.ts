/**
 * Random typing, accepting, undoing and switching: the server's documents stay the editor's.
 * COTERIE_STORM_SECONDS says for how long; the seed is in the test's name.
 */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { servers } from './processes.ts';
import type { Window } from './window.ts';
import { type Cast, Workbench } from './workbench.ts';

const SECONDS = Number(process.env['COTERIE_STORM_SECONDS'] ?? 60);
const SEED = Number(process.env['COTERIE_STORM_SEED'] ?? 1);

const CAST: Cast = {
  small: { otherwise: [' = value + 1', ' = value + 1', '(more)\n    and more'], delay: 0.02 },
  large: { otherwise: ['😀 something else'], delay: 0.1 },
};
const FILES = {
  'a.py': 'def größe(liste):\n    """Zählt 😀."""\n    return len(liste)\n',
  'b.txt': 'one\r\ntwo\r\nthree\r\n',
};
const TEXTS = ['x', 'value', '😀', 'e\u0301', '(', '"', '# end', 'if x:', '日本語', '[1, {', '\u2028', '\f'];
const KEYS = [
  ...['Tab', 'Tab', 'Tab', 'Control+ArrowRight', 'Alt+]', 'Escape', 'Enter', 'Enter'],
  ...['Backspace', 'Delete', 'Control+Backspace', 'Home', 'End', 'ArrowUp', 'ArrowDown'],
  ...['ArrowLeft', 'Control+z', 'Control+z', 'Control+y', 'Shift+Alt+ArrowDown', 'Control+/'],
  ...['Control+Home', 'Control+End', 'Control+Shift+k', 'Alt+ArrowUp', 'Control+d'],
];

const workbench = new Workbench();
let window: Window;

before(async () => {
  await workbench.start();
  const settings = { 'coterie.deadline.automatic': '250 ms', 'coterie.suggest.minimum_agreement': 0 };
  window = await workbench.open(FILES, { cast: CAST, settings });
  await window.ready();
});

after(async () => {
  await window.close();
  assert.deepEqual(await workbench.close(), []);
});

/** Returns a generator of numbers from 0 to 1 (mulberry32), so that a seed gives the same keys. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

async function isTheSame(): Promise<void> {
  const { uri } = await window.state();
  const { ours, theirs } = await window.ask<{ ours: object; theirs: object }>('compare', { uri });
  assert.deepEqual(theirs, ours);
}

test(`${SECONDS} seconds of random keys, seed ${SEED}`, { timeout: (SECONDS + 120) * 1000 }, async (t) => {
  const next = numbers(SEED);
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(next() * items.length)]!;
  const end = Date.now() + SECONDS * 1000;
  let keys = 0;
  let comparisons = 0;
  let ghosts = 0;
  await window.edit('a.py');
  for (; Date.now() < end; keys += 1) {
    const chance = next();
    if (chance < 0.02) {
      await window.edit(pick(Object.keys(FILES)), 0);
    } else if (chance < 0.4) {
      await window.page.keyboard.insertText(pick(TEXTS));
    } else {
      await window.press(pick(KEYS));
    }
    if (next() < 0.15) {
      await window.page.waitForTimeout(next() * 400);
      ghosts += (await window.ghost()) === '' ? 0 : 1;
    }
    if (keys % 40 === 39) {
      await isTheSame();
      comparisons += 1;
      // Otherwise it grows for ever.
      if ((await window.text()).length > 4000) {
        await window.press('Control+a', 'Delete');
      }
    }
  }
  await isTheSame();
  t.diagnostic(`${keys} keys, ${comparisons} comparisons, ghost text seen ${ghosts} times`);
  assert.ok(comparisons > 0 && ghosts > 0);
  assert.equal(servers().length, 1);
  assert.deepEqual(await window.notifications(), []);
});
