import { describe, expect, test } from 'vitest';
import {
  type Inspect,
  type Layers,
  isOn,
  isOnFor,
  userOptions,
  withLanguage,
  workspaceOptions,
} from '../src/settings';

const KEYS = ['enabled', 'languages', 'models', 'deadline.automatic', 'suggest.max_lines'];

function inspecting(layers: Record<string, Layers>): Inspect {
  return (key) => layers[key];
}

describe('what is sent', () => {
  const inspect = inspecting({
    enabled: { globalValue: true },
    models: { globalValue: { small: { path: '~/m.gguf' } }, workspaceValue: { small: {} } },
    'deadline.automatic': { globalValue: '400 ms', workspaceValue: '100 ms' },
    'suggest.max_lines': { workspaceValue: 5, workspaceFolderValue: 2 },
  });

  test('is, for the user, only what the user chose', () => {
    expect(userOptions(KEYS, inspect)).toEqual({
      models: { small: { path: '~/m.gguf' } },
      'deadline.automatic': '400 ms',
    });
  });

  test('is, for a folder, what it or its workspace says', () => {
    expect(workspaceOptions(KEYS, inspect)).toMatchObject({
      'deadline.automatic': '100 ms',
      'suggest.max_lines': 2,
    });
  });

  test('is nothing where nobody chose anything', () => {
    expect(userOptions(KEYS, () => undefined)).toEqual({});
    expect(workspaceOptions(KEYS, () => ({}))).toEqual({});
    expect(userOptions(KEYS, () => ({ globalValue: null }))).toEqual({});
  });

  test('names every switch that is off', () => {
    const off = inspecting({
      enabled: { workspaceFolderValue: false },
      languages: { globalValue: { go: { enabled: false }, c: {}, lua: null } },
    });
    expect(workspaceOptions(KEYS, off)).toEqual({ enabled: false, 'languages.go.enabled': false });
  });
});

test.each<[string, Layers, boolean]>([
  ['nobody said anything', {}, true],
  ['the user said so', { globalValue: true }, true],
  ['the user said no', { globalValue: false }, false],
  ['the workspace says no', { globalValue: true, workspaceValue: false }, false],
  ['a workspace cannot switch on', { globalValue: false, workspaceValue: true }, false],
  ['a folder says no', { workspaceValue: true, workspaceFolderValue: false }, false],
])('on or off: %s', (_, layers, on) => {
  expect(isOn(inspecting({ enabled: layers }))).toBe(on);
});

test('a language is off if any layer says so', () => {
  const inspect = inspecting({
    languages: {
      globalValue: { markdown: { enabled: false } },
      workspaceValue: { markdown: { enabled: true }, python: { enabled: false } },
    },
  });
  const on = ['markdown', 'python', 'go'].map((language) => isOnFor(language, inspect));
  expect(on).toEqual([false, false, true]);
});

test.each([
  [undefined, false, { go: { enabled: false } }],
  [{ go: { enabled: false } }, true, undefined],
  [{ go: { enabled: false }, c: { enabled: false } }, true, { c: { enabled: false } }],
  [{ go: { other: 1 } }, false, { go: { other: 1, enabled: false } }],
  [{ go: { other: 1, enabled: false } }, true, { go: { other: 1 } }],
])('switching a language: %j, on: %j', (value, on, expected) => {
  expect(withLanguage(value, 'go', on)).toEqual(expected);
});
