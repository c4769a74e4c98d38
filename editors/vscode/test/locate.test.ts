import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Places, inEnvironment, locate } from '../src/locate';
import type { Run } from '../src/processes';
import { fits, versionIn } from '../src/version';

let root: string;
let places: Places;

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'coterie-locate-'));
  places = {
    setting: '',
    own: path.join(root, 'own'),
    version: '0.3.1',
    environment: { PATH: `relative${path.delimiter}${root}/one${path.delimiter}${root}/two` },
    platform: 'linux',
    home: root,
  };
});

afterEach(() => rmSync(root, { recursive: true }));

function program(...parts: string[]): string {
  const file = path.join(root, ...parts);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, '');
  chmodSync(file, 0o755);
  return file;
}

/** Programs that say which version they are. */
function saying(versions: Record<string, string>): Run {
  return async (name) => ({ code: 0, output: versions[name] ? `coterie ${versions[name]}` : '' });
}

test('the setting comes first, whatever its version', async () => {
  const chosen = program('mine', 'coterie');
  program('two', 'coterie');
  const setting = '~/mine/coterie';
  expect(await locate({ ...places, setting }, saying({}))).toEqual({ program: chosen });
});

test('a setting that names no program is an error, not a reason to look elsewhere', async () => {
  const other = program('two', 'coterie');
  const setting = path.join(root, 'nothing');
  const found = await locate({ ...places, setting }, saying({ [other]: '0.3.1' }));
  expect(found).toMatchObject({ program: undefined, misconfigured: true });
});

test('a fitting one on PATH', async () => {
  const found = program('two', 'coterie');
  expect(await locate(places, saying({ [found]: '0.3.9' }))).toEqual({ program: found });
});

test('one that does not fit is passed over, and it says so', async () => {
  const old = program('one', 'coterie');
  const missing = await locate(places, saying({ [old]: '0.2.0' }));
  expect(missing).toMatchObject({ program: undefined, misconfigured: false });
  expect('reason' in missing && missing.reason).toMatch(/version 0\.2\.0, which does not fit/);
  const own = program('own', 'bin', 'coterie');
  const found = await locate(places, saying({ [old]: '0.2.0', [own]: '0.3.1' }));
  expect(found).toEqual({ program: own });
});

test('nothing anywhere', async () => {
  const missing = await locate(places, saying({}));
  expect('reason' in missing && missing.reason).toBe('The server is not installed.');
});

test('programs of a virtual environment', () => {
  expect(inEnvironment('/e', 'coterie', 'linux')).toBe('/e/bin/coterie');
  expect(inEnvironment('C:\\e', 'coterie', 'win32')).toBe('C:\\e\\Scripts\\coterie.exe');
});

test.each([
  ['coterie 0.1.0', '0.1.0'],
  ['noise\ncoterie 1.2.3rc1\n', '1.2.3rc1'],
  ['Usage: coterie [OPTIONS]', undefined],
])('the version in %j', (output, version) => {
  expect(versionIn(output)).toBe(version);
});

test.each([
  ['0.1.0', '0.1.9', true],
  ['0.1.0', '0.2.0', false],
  ['1.0.0', '1.9.0', true],
  ['2.0.0', '1.9.0', false],
  ['0', '0.1.0', false],
])('%s fits %s: %s', (server, extension, expected) => {
  expect(fits(server, extension)).toBe(expected);
});
