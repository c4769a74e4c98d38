/** Puts the server into a virtual environment of its own. Asks nobody: consent comes first. */

import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { type Places, inEnvironment, onPath, ownProgram } from './locate';
import type { Run } from './processes';

/** What is to be installed, and from where. */
export interface Plan {
  readonly places: Places;
  /** The setting `coterie.server.python`, or "". */
  readonly python: string;
  /** The setting `coterie.server.wheels`, or "". */
  readonly wheels: string;
  /** The folder of the extension that holds the server's package. */
  readonly packages: string;
}

/** Those who watch: `report` is called with each step. */
export interface Watch {
  readonly signal: AbortSignal;
  readonly report: (step: string) => void;
  readonly log: (line: string) => void;
}

/** Why there is no server now; the message is for people and says what helps. */
export class InstallationFailed extends Error {}

/** Somebody has cancelled it. */
export class Cancelled extends Error {}

export const LEAST_PYTHON = '3.11';
const LLAMA = 'llama-cpp-python>=0.3.36,<0.4';
const PYTHONS = ['python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11', 'python'];
const COMPILERS = ['c++', 'g++', 'clang++'];

/** Installs the server; returns its program. Leaves nothing behind if it fails. */
export async function install(plan: Plan, run: Run, watch: Watch): Promise<string> {
  const { places } = plan;
  try {
    watch.report('looking for Python');
    const python = await findPython(plan, run);
    watch.report('making a virtual environment');
    await mkdir(path.dirname(places.own), { recursive: true });
    await step(run, watch, python, ['-m', 'venv', '--clear', places.own]);
    await installPackages(plan, run, watch);
    return ownProgram(places.own, places.platform);
  } catch (error) {
    await rm(places.own, { recursive: true, force: true });
    throw error;
  }
}

/** Returns a Python that is new enough. */
export async function findPython(plan: Plan, run: Run): Promise<string> {
  const { places, python } = plan;
  const named = await Promise.all(PYTHONS.map((name) => onPath(name, places)));
  const candidates = python !== '' ? [python] : named.filter((found) => found !== undefined);
  const least = LEAST_PYTHON.split('.').join(', ');
  const question = `import sys; sys.exit(sys.version_info < (${least}))`;
  for (const candidate of candidates) {
    if ((await run(candidate, ['-c', question])).code === 0) {
      return candidate;
    }
  }
  throw new InstallationFailed(
    python !== ''
      ? `\`coterie.server.python\` names ${python}, which is not Python ${LEAST_PYTHON} or newer.`
      : `There is no Python ${LEAST_PYTHON} or newer. Install one, or name it in the setting ` +
        '`coterie.server.python`.',
  );
}

async function installPackages(plan: Plan, run: Run, watch: Watch): Promise<void> {
  const { places, wheels } = plan;
  const python = inEnvironment(places.own, 'python', places.platform);
  const further = wheels === '' ? [] : ['--find-links', wheels];
  const pip = ['-m', 'pip', '--disable-pip-version-check', '--no-input'];
  const options = { onLine: watch.log, signal: watch.signal };

  watch.report('looking for a prebuilt llama.cpp');
  const probe = ['install', '--dry-run', '--no-deps', '--only-binary', ':all:', ...further, LLAMA];
  const prebuilt = (await run(python, [...pip, ...probe], options)).code === 0;
  stopIfCancelled(watch);
  if (!prebuilt) {
    await checkCompiler(places);
    watch.report('there is no prebuilt llama.cpp for this machine: compiling it takes minutes');
  }
  const choice = prebuilt ? ['--only-binary', 'llama-cpp-python'] : [];
  const target = await packageIn(plan);
  await step(run, watch, python, [...pip, 'install', ...choice, ...further, target], (line) => {
    const found = stepIn(line);
    if (found !== undefined) {
      watch.report(found);
    }
  });
}

/** Returns what a line of pip's output says about how far it is. */
export function stepIn(line: string): string | undefined {
  const building = /^\s*Building wheel for (\S+)/.exec(line)?.[1];
  if (building !== undefined) {
    return building.startsWith('llama') ? 'compiling llama.cpp: minutes' : `building ${building}`;
  }
  const collecting = /^\s*Collecting ([\w.-]+)/.exec(line)?.[1];
  if (collecting !== undefined) {
    return `fetching ${collecting}`;
  }
  return /^\s*Installing collected packages/.test(line) ? 'unpacking' : undefined;
}

/** Returns the package that came with the extension, or the name of the published one. */
async function packageIn({ packages, places }: Plan): Promise<string> {
  const files = await readdir(packages).catch(() => []);
  const wheel = files.find((file) => file.endsWith('.whl'));
  return wheel === undefined ? `coterie==${places.version}` : path.join(packages, wheel);
}

async function checkCompiler(places: Places): Promise<void> {
  if (places.platform === 'win32') {
    // Visual Studio's compiler is found by the build itself, which says so if there is none.
    return;
  }
  const found = await Promise.all(COMPILERS.map((name) => onPath(name, places)));
  if (found.every((compiler) => compiler === undefined)) {
    const remedy = places.platform === 'darwin' ? 'xcode-select --install' : 'apt install g++';
    throw new InstallationFailed(
      'There is no prebuilt llama.cpp for this machine, and no C++ compiler to build it with. ' +
        `Install one (\`${remedy}\`), or name a folder with a prebuilt package in ` +
        '`coterie.server.wheels`.',
    );
  }
}

async function step(
  run: Run,
  watch: Watch,
  program: string,
  args: readonly string[],
  onLine?: (line: string) => void,
): Promise<void> {
  watch.log(`$ ${[program, ...args].join(' ')}`);
  const { code, output } = await run(program, args, {
    signal: watch.signal,
    onLine: (line) => {
      watch.log(line);
      onLine?.(line);
    },
  });
  stopIfCancelled(watch);
  if (code !== 0) {
    throw new InstallationFailed(explained(output));
  }
}

function explained(output: string): string {
  if (/ensurepip is not\s+available/.test(output)) {
    return "Python's module venv is incomplete here: install the package python3-venv.";
  }
  const errors = output.split('\n').filter((line) => /error/i.test(line));
  return (errors.at(-1) ?? output.split('\n').at(-1) ?? '').trim() || 'It failed without a word.';
}

function stopIfCancelled(watch: Watch): void {
  if (watch.signal.aborted) {
    throw new Cancelled();
  }
}
