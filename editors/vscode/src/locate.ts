/** Where the server's program is: where a setting says, on PATH, or where we have installed it. */

import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Run } from './processes';
import { fits, versionIn } from './version';

/** Where to look, and for what. */
export interface Places {
  /** The setting `coterie.server.path`, or "". */
  readonly setting: string;
  /** The folder of our own virtual environment. */
  readonly own: string;
  /** The version of this extension. */
  readonly version: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
  readonly home: string;
}

export type Located =
  | { readonly program: string }
  | { readonly program: undefined; readonly reason: string; readonly misconfigured: boolean };

/** Returns the server's program, or the reason why there is none. */
export async function locate(places: Places, run: Run): Promise<Located> {
  const { setting, own, platform } = places;
  if (setting.trim() !== '') {
    const program = expanded(setting.trim(), places);
    return (await isProgram(program, platform))
      ? { program }
      : missing(`\`coterie.server.path\` names ${program}, which is not a program.`, true);
  }
  const candidates = [await onPath('coterie', places), ownProgram(own, platform)];
  const remarks: string[] = [];
  for (const program of candidates) {
    if (program !== undefined && (await isProgram(program, platform))) {
      const { output } = await run(program, ['--version'], { signal: AbortSignal.timeout(20_000) });
      const version = versionIn(output);
      if (version !== undefined && fits(version, places.version)) {
        return { program };
      }
      remarks.push(misfit(program, version, places.version));
    }
  }
  return missing(remarks.join(' ') || 'The server is not installed.', false);
}

/** Returns the path of the server's program in our own virtual environment. */
export function ownProgram(environment: string, platform: NodeJS.Platform): string {
  return inEnvironment(environment, 'coterie', platform);
}

/** Returns the path of a program in a virtual environment. */
export function inEnvironment(folder: string, name: string, platform: NodeJS.Platform): string {
  return platform === 'win32'
    ? path.win32.join(folder, 'Scripts', `${name}.exe`)
    : path.posix.join(folder, 'bin', name);
}

/** Says that a server and this extension do not fit together. */
export function misfit(program: string, version: string | undefined, ours: string): string {
  return version === undefined
    ? `${program} does not say which version it is.`
    : `${program} has version ${version}, which does not fit version ${ours} of this extension.`;
}

/** Returns the first program of this name in the folders of PATH. */
export async function onPath(name: string, places: Places): Promise<string | undefined> {
  const { environment, platform } = places;
  const { delimiter, join, isAbsolute } = platform === 'win32' ? path.win32 : path.posix;
  const listed = environment['PATH'] ?? environment['Path'] ?? '';
  // A relative folder would be the workspace's: strangers would choose the program.
  const folders = listed.split(delimiter).filter((folder) => isAbsolute(folder));
  for (const folder of folders) {
    const program = join(folder, platform === 'win32' ? `${name}.exe` : name);
    if (await isProgram(program, platform)) {
      return program;
    }
  }
  return undefined;
}

function expanded(setting: string, { home, platform }: Places): string {
  const { join } = platform === 'win32' ? path.win32 : path.posix;
  return /^~[/\\]/.test(setting) ? join(home, setting.slice(2)) : setting;
}

async function isProgram(file: string, platform: NodeJS.Platform): Promise<boolean> {
  const { isAbsolute } = platform === 'win32' ? path.win32 : path.posix;
  try {
    await access(file, platform === 'win32' ? constants.F_OK : constants.X_OK);
    return isAbsolute(file) && (await stat(file)).isFile();
  } catch {
    return false;
  }
}

function missing(reason: string, misconfigured: boolean): Located {
  return { program: undefined, reason, misconfigured };
}
