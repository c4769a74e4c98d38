/** One window of the workbench: keys go in like a person's, and what is on the screen is read. */

import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { PATIENCE_MS, until } from './processes.ts';

/** The active editor, as extensions see it. */
export interface State {
  readonly uri: string;
  readonly version: number;
  readonly text: string;
  readonly line: number;
  readonly character: number;
}

const GHOST = '.ghost-text-decoration, .ghost-text-decoration-preview, .suggest-preview-text';
const STATUS = '#coterie\\.coterie\\.coterie\\.status';

export class Window {
  readonly page: Page;
  readonly folder: string;
  private readonly probe: string;

  constructor(page: Page, folder: string, port: number) {
    this.page = page;
    this.folder = folder;
    this.probe = `http://127.0.0.1:${port}/`;
  }

  /** Has the probe do something inside the workbench. */
  async ask<Result>(action: string, args: Record<string, unknown> = {}): Promise<Result> {
    const body = JSON.stringify({ action, ...args });
    const response = await fetch(this.probe, {
      method: 'POST',
      body,
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const { result, error } = (await response.json()) as { result: Result; error?: string };
    if (error !== undefined) {
      throw new Error(`${action}: ${error}`);
    }
    return result;
  }

  execute<Result>(command: string, ...args: unknown[]): Promise<Result> {
    return this.ask<Result>('execute', { command, args });
  }

  update(key: string, value: unknown, target = 'Global'): Promise<void> {
    return this.ask('update', { key, value, target });
  }

  state(): Promise<State> {
    return this.ask<State>('state');
  }

  async text(): Promise<string> {
    return (await this.state()).text;
  }

  /** Opens a file of the folder, with the cursor at its end, or at a given place. */
  async edit(file: string, line?: number, character = 0): Promise<void> {
    await this.ask('open', { file: path.join(this.folder, file) });
    await this.page.locator('.editor-instance .monaco-editor').first().waitFor();
    if (line === undefined) {
      await this.execute('cursorBottom');
    } else {
      await this.ask('select', { line, character });
    }
    await this.execute('workbench.action.focusActiveEditorGroup');
  }

  async press(...keys: string[]): Promise<void> {
    for (const key of keys) {
      await this.page.keyboard.press(key);
    }
  }

  type(text: string): Promise<void> {
    return this.page.keyboard.type(text, { delay: 20 });
  }

  /** Returns the ghost text that is on the screen, "" if there is none. */
  async ghost(): Promise<string> {
    // What is colored differently are different parts. Spaces are shown as no-break spaces.
    const parts = await this.page.locator(GHOST).allTextContents();
    return parts.join('').replaceAll('\u00a0', ' ');
  }

  /** Waits for ghost text, or for a certain one. */
  ghostText(wanted: string | RegExp = /./): Promise<string> {
    return until(`ghost text ${wanted}`, async () => {
      const ghost = await this.ghost();
      return (wanted instanceof RegExp ? wanted.test(ghost) : ghost === wanted) && ghost;
    });
  }

  async noGhost(): Promise<void> {
    await until('no ghost text', async () => (await this.ghost()) === '');
  }

  async becomes(text: string): Promise<void> {
    let last = '';
    await until('the text', async () => (last = await this.text()) === text).catch(() => {
      throw new Error(`the text is ${JSON.stringify(last)} and not ${JSON.stringify(text)}`);
    });
  }

  /** Returns what the status-bar item says of itself to screen readers. */
  async status(): Promise<string> {
    const label = this.page.locator(`${STATUS} a`).first();
    return (await label.getAttribute('aria-label', { timeout: PATIENCE_MS })) ?? '';
  }

  async statusBecomes(pattern: RegExp): Promise<string> {
    let last = '';
    return until(`status ${pattern}`, async () => pattern.test((last = await this.status())) && last)
      .catch((error) => {
        throw new Error(`${error}; it says ${JSON.stringify(last)}`);
      });
  }

  ready(): Promise<string> {
    return this.statusBecomes(/: ready/);
  }

  /** Opens the status-bar item's menu and returns its entries. */
  async menu(): Promise<string[]> {
    await this.page.locator(`${STATUS} a`).first().click();
    const rows = this.page.locator('.quick-input-list .monaco-list-row');
    await rows.first().waitFor();
    return rows.allTextContents();
  }

  /** Chooses an entry of an open menu. */
  async choose(label: string): Promise<void> {
    await this.page.locator('.quick-input-list .monaco-list-row', { hasText: label }).first().click();
  }

  /** Returns the texts of the notifications that are on the screen. */
  notifications(): Promise<string[]> {
    return this.page.locator('.notifications-toasts .notification-list-item').allTextContents();
  }

  /** Keeps a picture for those who look at the run afterwards. */
  async picture(folder: string, name: string): Promise<void> {
    mkdirSync(folder, { recursive: true });
    await this.page.screenshot({ path: path.join(folder, `vscode-${name}.png`) });
  }

  close(): Promise<void> {
    return this.page.close();
  }
}
