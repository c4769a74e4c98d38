/** Runs programs: without a shell, line by line, and with everything they start ended on cancel. */

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface RunOptions {
  readonly cwd?: string;
  readonly signal?: AbortSignal;
  readonly onLine?: (line: string) => void;
}

/** How a program ended: `code` is null if it was killed or could not be started. */
export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

export type Run = (program: string, args: readonly string[], options?: RunOptions) => Promise<Ended>;

const WINDOWS = process.platform === 'win32';

/** Runs a program; its output is what it writes to both streams. Never rejects. */
export const run: Run = (program, args, options = {}) =>
  new Promise((resolve) => {
    const { cwd, signal, onLine } = options;
    if (signal?.aborted) {
      resolve({ code: null, output: '' });
      return;
    }
    // A group of its own, so that pip's compilers end with it.
    const child = spawn(program, args, {
      cwd,
      detached: !WINDOWS,
      windowsHide: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const lines: string[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line);
        onLine?.(line);
      });
    }
    const end = (): void => endGroup(child.pid);
    signal?.addEventListener('abort', end, { once: true });
    const finish = (code: number | null, problem = ''): void => {
      signal?.removeEventListener('abort', end);
      resolve({ code, output: [...lines, problem].join('\n').trim() });
    };
    child.once('error', (error) => finish(null, error.message));
    child.once('close', (code) => finish(code));
  });

function endGroup(pid: number | undefined): void {
  if (pid === undefined) {
    return;
  }
  if (WINDOWS) {
    spawn('taskkill', ['/pid', `${pid}`, '/t', '/f'], { windowsHide: true });
    return;
  }
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself meanwhile.
  }
}
