import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Cancelled, type Plan, type Watch, install, stepIn } from '../src/install';
import { type Run, run as runReally } from '../src/processes';

let root: string;
let plan: Plan;
let calls: string[];
let steps: string[];
let aborter: AbortController;

/** Plays Python: `answers` maps a part of a command line to how it ends. */
function playing(answers: Record<string, { code: number | null; output?: string }>): Run {
  return async (program, args) => {
    const call = [path.basename(program), ...args].join(' ');
    calls.push(call);
    const known = Object.entries(answers).find(([part]) => call.includes(part));
    return { code: 0, output: '', ...known?.[1] };
  };
}

function watch(): Watch {
  return { signal: aborter.signal, report: (step) => steps.push(step), log: () => {} };
}

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'coterie-install-'));
  [calls, steps, aborter] = [[], [], new AbortController()];
  for (const name of ['python3', 'c++']) {
    writeFileSync(path.join(root, name), '', { mode: 0o755 });
  }
  mkdirSync(path.join(root, 'server'));
  writeFileSync(path.join(root, 'server', 'coterie-0.1.0-py3-none-any.whl'), '');
  plan = {
    places: {
      setting: '',
      own: path.join(root, 'own'),
      version: '0.1.0',
      environment: { PATH: root },
      platform: 'linux',
      home: root,
    },
    python: '',
    wheels: '',
    packages: path.join(root, 'server'),
  };
});

afterEach(() => rmSync(root, { recursive: true }));

test('a prebuilt llama.cpp is used where there is one', async () => {
  const program = await install(plan, playing({}), watch());
  expect(program).toBe(path.join(root, 'own', 'bin', 'coterie'));
  expect(calls[1]).toContain('-m venv --clear');
  expect(calls.at(-1)).toContain('install --only-binary llama-cpp-python');
  expect(calls.at(-1)).toContain('coterie-0.1.0-py3-none-any.whl');
  expect(steps.join()).not.toContain('compiling');
});

test('otherwise it is compiled, which is said before', async () => {
  await install(plan, playing({ '--dry-run': { code: 1 } }), watch());
  expect(steps.at(-1)).toMatch(/no prebuilt llama.cpp .* compiling it takes minutes/);
  expect(calls.at(-1)).not.toContain('--only-binary');
});

test('without a compiler it ends before anything is fetched, and says what helps', async () => {
  rmSync(path.join(root, 'c++'));
  const played = install(plan, playing({ '--dry-run': { code: 1 } }), watch());
  await expect(played).rejects.toThrow(/no C\+\+ compiler .*apt install g\+\+/);
  expect(calls.at(-1)).toContain('--dry-run');
});

test('a folder with prebuilt packages is searched', async () => {
  await install({ ...plan, wheels: '/wheels' }, playing({}), watch());
  expect(calls.filter((call) => call.includes('--find-links /wheels'))).toHaveLength(2);
});

test('without a Python that is new enough', async () => {
  const played = install(plan, playing({ version_info: { code: 1 } }), watch());
  await expect(played).rejects.toThrow(/no Python 3.11 or newer/);
  const named = install({ ...plan, python: '/p' }, playing({ version_info: { code: 1 } }), watch());
  await expect(named).rejects.toThrow(/`coterie.server.python` names \/p/);
});

test.each([
  ['venv', 'Error: ensurepip is not available', /python3-venv/],
  ['.whl', 'x\nERROR: No matching distribution\ny', /No matching distribution/],
])('what goes wrong at %s is explained, and nothing is left', async (part, output, said) => {
  mkdirSync(plan.places.own);
  await expect(install(plan, playing({ [part]: { code: 1, output } }), watch())).rejects.toThrow(said);
  expect(existsSync(plan.places.own)).toBe(false);
});

test('cancelling leaves nothing', async () => {
  const played = install(
    plan,
    async (program, args, options) => {
      if (args.includes('venv')) {
        mkdirSync(plan.places.own);
        aborter.abort();
      }
      return playing({})(program, args, options);
    },
    watch(),
  );
  await expect(played).rejects.toThrow(Cancelled);
  expect(existsSync(plan.places.own)).toBe(false);
});

test.each([
  ['Collecting numpy>=1.26 (from coterie==0.1.0)', 'fetching numpy'],
  ['  Building wheel for llama-cpp-python (pyproject.toml): started', 'compiling llama.cpp: minutes'],
  ['Installing collected packages: a, b', 'unpacking'],
  ['  Downloading a.whl (1 kB)', undefined],
])('pip says %j', (line, step) => {
  expect(stepIn(line)).toBe(step);
});

test.runIf(process.platform === 'linux')('a cancelled program ends with what it started', async () => {
  const lines: string[] = [];
  const started = runReally('sh', ['-c', 'sleep 600 & echo $!; wait'], {
    signal: aborter.signal,
    onLine: (line) => {
      lines.push(line);
      aborter.abort();
    },
  });
  expect((await started).code).toBeNull();
  // What has ended and was not collected yet has an empty command line.
  const file = `/proc/${lines[0]}/cmdline`;
  await expect.poll(() => (existsSync(file) ? readFileSync(file, 'utf8') : '')).toBe('');
});

test('a program that is not there', async () => {
  const { code, output } = await runReally(path.join(root, 'nothing'), []);
  expect(code).toBeNull();
  expect(output).toContain('ENOENT');
});
