/** Which processes live that a test started: found by an entry of the environment that they inherit. */

import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** How long to wait for what must happen: a limit for broken code, not a measurement. */
export const PATIENCE_MS = 30_000;

export const MARK = `COTERIE_TEST_WORKBENCH=${randomUUID()}`;

export interface Process {
  readonly pid: number;
  readonly command: string;
}

/** Returns the living processes that carry our mark. */
export function alive(): Process[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const marked = readFileSync(`/proc/${name}/environ`, 'utf8').split('\0').includes(MARK);
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
        // A zombie has an empty command line: its parent will collect it.
        return marked && command !== '' ? [{ pid: Number(name), command }] : [];
      } catch {
        return [];
      }
    });
}

/** Returns the language servers among them. */
export function servers(): Process[] {
  return alive().filter(({ command }) => /tests\.server\.scripted|coterie serve/.test(command));
}

/** Waits until something is there, and returns it. */
export async function until<Seen>(
  what: string,
  look: () => Promise<Seen | undefined | false | null> | Seen | undefined | false | null,
  patience = PATIENCE_MS,
): Promise<Seen> {
  const end = Date.now() + patience;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false && seen !== null) {
      return seen;
    }
    if (Date.now() > end) {
      throw new Error(`waited in vain: ${what}`);
    }
    await sleep(50);
  }
}
