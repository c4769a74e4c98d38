/** When to start a server again that has ended by itself. */

const WINDOW_MS = 3 * 60_000;
const MOST = 4;
const FIRST_PAUSE_MS = 250;

/** Counts the ends of the last minutes. */
export class Restarts {
  private ends: number[] = [];

  /** Returns after how many milliseconds to start again; undefined: better not. */
  pauseAfterEnd(now: number): number | undefined {
    this.ends = [...this.ends.filter((end) => now - end < WINDOW_MS), now];
    return this.ends.length > MOST ? undefined : FIRST_PAUSE_MS * 2 ** (this.ends.length - 1);
  }

  /** Forgets what has been, because somebody started the server by hand. */
  forget(): void {
    this.ends = [];
  }
}
