import { describe, expect, test } from 'vitest';
import { type Condition, INSTALL, type ServerStatus, lookOf } from '../src/condition';
import { type Situation, entriesOf, headline } from '../src/menu';

function running(status: ServerStatus, percentage?: number): Condition {
  return { kind: 'running', status, percentage, version: '1.2.3' };
}

const READY = running({ state: 'ready', models: [{ name: 'small', state: 'ready', detail: 'cpu' }] });
const TROUBLE: Condition = { kind: 'trouble', message: 'It is not `there`.', remedies: [INSTALL] };

test.each<[string, Condition, string, string, boolean]>([
  ['off', { kind: 'off' }, '$(circle-slash) Coterie', 'off', false],
  ['starting', { kind: 'starting' }, '$(loading~spin) Coterie', 'starting the server', false],
  ['installing', { kind: 'installing', step: 'x' }, '$(cloud-download) Coterie', 'x', false],
  ['trouble', TROUBLE, '$(warning) Coterie', 'It is not `there`.', true],
  ['loading', running({ state: 'loading' }, 50), '$(loading~spin) Coterie 50 %', 'models 50 %', false],
  ['loading, unknown', running({ state: 'loading' }), '$(loading~spin) Coterie', 'models', false],
  ['ready', READY, '$(check) Coterie', 'ready', false],
  ['half', running({ state: 'ready', message: 'm is cut short' }), '$(check) Coterie', 'm is', false],
  ['thinking', running({ state: 'busy' }), '$(loading~spin) Coterie', 'thinking', false],
  ['off itself', running({ state: 'off', message: 'why' }), '$(circle-slash) Coterie', 'why', false],
  [
    'in trouble itself',
    running({ state: 'trouble', message: 'No model.', remedy: 'Ask the doctor.' }),
    '$(warning) Coterie',
    'No model. Ask the doctor.',
    true,
  ],
])('the item shows: %s', (_, condition, text, tooltip, alarming) => {
  const look = lookOf(condition);
  expect([look.text, look.alarming]).toEqual([text, alarming]);
  expect(look.tooltip).toContain(tooltip);
});

test('the item says that a document gets nothing, unless something is worse', () => {
  expect(lookOf(READY, 'off for go').tooltip).toBe('Coterie: off for go');
  expect(lookOf(TROUBLE, 'off for go').alarming).toBe(true);
});

describe('the menu', () => {
  const situation: Situation = {
    condition: READY,
    everywhere: true,
    workspace: true,
    language: { id: 'go', on: false },
    silenced: '',
  };
  const labels = (changes: Partial<Situation> = {}): string[] =>
    entriesOf({ ...situation, ...changes }).map(({ label }) => label.replace(/^\$\(\S+\) /, ''));

  test('has the switches, the models and what to look at', () => {
    expect(labels()).toEqual([
      ...['Suggestions', 'Turn off everywhere', 'Turn on for go', 'Turn off in this workspace'],
      ...['Models', 'small'],
      ...['Look closer', 'Why This Suggestion?', 'Show the Log', 'Run the Doctor'],
      ...['Restart the Server', 'Settings'],
    ]);
  });

  test('begins with what helps, and does not repeat it', () => {
    const found = labels({ condition: running({ state: 'trouble' }) });
    expect(found.slice(0, 2)).toEqual(['What helps', 'Run the Doctor']);
    expect(found.filter((label) => label === 'Run the Doctor')).toHaveLength(1);
  });

  test('has no further switches where everything is off', () => {
    expect(labels({ everywhere: false }).slice(0, 2)).toEqual(['Suggestions', 'Turn on everywhere']);
    expect(labels({ everywhere: false })).not.toContain('Turn on for go');
  });

  test('has no switch for a workspace that is not trusted', () => {
    expect(labels({ workspace: undefined })).not.toContain('Turn off in this workspace');
  });

  test('says which version is how', () => {
    expect(headline(situation)).toBe('Coterie 1.2.3: ready');
    expect(headline({ ...situation, condition: TROUBLE })).toBe('Coterie: It is not there.');
  });
});
