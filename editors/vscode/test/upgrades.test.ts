import { expect, test } from 'vitest';
import { Restarts } from '../src/restarts';
import { type Spot, Upgrades } from '../src/upgrades';
import { reasons } from '../src/reasons';

const HERE: Spot = { uri: 'file:///a', version: 3, position: { line: 1, character: 2 } };
const ELSEWHERE: Spot[] = [
  { ...HERE, uri: 'file:///b' },
  { ...HERE, version: 4 },
  { ...HERE, position: { line: 1, character: 3 } },
  { ...HERE, position: { line: 0, character: 2 } },
];
const item = (insertText: string) => ({ insertText });

test('where nothing is shown, the editor is to ask again, once', () => {
  const upgrades = new Upgrades<{ insertText: string }>();
  upgrades.answered(HERE, []);
  expect(upgrades.take(HERE, [item('better')])).toBe(true);
  expect(upgrades.recall(HERE)).toEqual([item('better')]);
  expect(upgrades.recall(HERE)).toBeUndefined();
});

test('what is shown is never replaced: the better one comes behind', () => {
  const upgrades = new Upgrades<{ insertText: string }>();
  upgrades.answered(HERE, [item('shown')]);
  expect(upgrades.take(HERE, [item('better'), item('shown')])).toBe(false);
  expect(upgrades.recall(HERE)).toBeUndefined();
  expect(upgrades.added(HERE, [item('shown')])).toEqual([item('shown'), item('better')]);
});

test.each(ELSEWHERE)('it is of no use anywhere else: %j', (spot) => {
  const upgrades = new Upgrades<{ insertText: string }>();
  upgrades.answered(spot, []);
  expect(upgrades.take(HERE, [item('better')])).toBe(false);
  upgrades.answered(HERE, []);
  upgrades.take(HERE, [item('better')]);
  expect(upgrades.added(spot, [item('shown')])).toEqual([item('shown')]);
  expect(upgrades.recall(spot)).toBeUndefined();
});

test('a server that ends is started again, later each time, and not for ever', () => {
  const restarts = new Restarts();
  const pauses = [0, 1, 2, 3, 4].map((now) => restarts.pauseAfterEnd(now));
  expect(pauses).toEqual([250, 500, 1000, 2000, undefined]);
  expect(restarts.pauseAfterEnd(3 * 60_000 + 10)).toBe(250);
  restarts.forget();
  expect(restarts.pauseAfterEnd(3 * 60_000 + 11)).toBe(250);
});

test('reasons are lines of text', () => {
  const completions = [{ text: 'a\nb', model: 'small', share: 0.667 }, { text: 'c' }];
  expect(reasons('x.py', { completions, text: 'route …' })).toMatchInlineSnapshot(`
    "Why Coterie suggested this in x.py

      │ a
      │ b
      (small, 67 % of the votes)

      │ c
      (known from before)

    How it came about

    route …
    "
  `);
  expect(reasons('x.py', { text: '' })).toContain('nothing');
});
