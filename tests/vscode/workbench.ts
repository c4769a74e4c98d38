/**
 * VS Code's real workbench: code-server with the packaged extension in a clean profile, and
 * Chromium to use it like a person. The server's models are scripted unless a test says otherwise.
 */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { MARK, alive, until } from './processes.ts';
import { Window } from './window.ts';

export const ROOT = path.resolve(import.meta.dirname, '..', '..');
const CODE_SERVER = path.join(ROOT, '.tools', 'code-server', 'code-server');
const EXTENSION = path.join(ROOT, 'editors', 'vscode', 'dist');
export const ARTIFACTS = path.join(ROOT, '.tools', 'artifacts');

/** What the models do, by name: see tests/lsp_server/scripted.py. */
export type Cast = Record<string, Record<string, unknown>>;
export type Settings = Record<string, unknown>;

const CHROMIUM = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
];

/** The settings that a user makes for each machine. */
const MACHINE = /^coterie\.(server|models|tiers|policy)/;

/** Settings with which a slow machine changes nothing and nothing else draws attention. */
const QUIET: Settings = {
  'coterie.deadline.automatic': '60 s',
  'coterie.deadline.invoked': '60 s',
  'coterie.host.idle_exit': 0,
  'security.workspace.trust.enabled': false,
  'workbench.startupEditor': 'none',
  'workbench.reduceMotion': 'on',
  'chat.disableAIFeatures': true,
  'editor.minimap.enabled': false,
  'editor.quickSuggestions': { other: 'off', comments: 'off', strings: 'off' },
  'editor.wordBasedSuggestions': 'off',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'files.autoSave': 'off',
  'git.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'workbench.tips.enabled': false,
  'extensions.ignoreRecommendations': true,
};

/** One code-server and one browser. Windows are opened one after the other. */
export class Workbench {
  readonly directory = mkdtempSync(path.join(tmpdir(), 'coterie-workbench-'));
  private readonly profile = path.join(this.directory, 'profile');
  private process: ChildProcess | undefined;
  private browser: Browser | undefined;
  private port = 0;
  private log = '';
  private count = 0;

  /** Installs the packaged extension into a clean profile, and starts. */
  async start(environment: NodeJS.ProcessEnv = {}): Promise<void> {
    const [name, value] = MARK.split('=') as [string, string];
    const home = path.join(this.directory, 'home');
    mkdirSync(path.join(this.profile, 'User'), { recursive: true });
    mkdirSync(path.join(this.directory, 'probe'));
    mkdirSync(home);
    const env = {
      ...process.env,
      [name]: value,
      XDG_CONFIG_HOME: path.join(home, 'config'),
      XDG_DATA_HOME: path.join(home, 'data'),
      XDG_STATE_HOME: path.join(home, 'state'),
      COTERIE_TEST_PROBE: path.join(this.directory, 'probe'),
      ...environment,
    };
    const folders = [
      ...['--user-data-dir', this.profile],
      ...['--extensions-dir', path.join(this.directory, 'extensions')],
    ];
    for (const vsix of [packaged(), this.packProbe()]) {
      execFileSync(CODE_SERVER, [...folders, '--install-extension', vsix], { env, stdio: 'pipe' });
    }
    this.port = await freePort();
    this.process = spawn(
      CODE_SERVER,
      [
        ...folders,
        ...['--auth', 'none', '--bind-addr', `127.0.0.1:${this.port}`],
        ...['--reconnection-grace-time', '3'],
        ...['--disable-telemetry', '--disable-update-check'],
      ],
      { env, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.on('data', (data) => (this.log += data));
    }
    await until('code-server listens', () => /listening on/.test(this.log));
    const executablePath = '/usr/bin/chromium';
    this.browser = await chromium.launch({ executablePath, headless: true, args: CHROMIUM });
  }

  /** Opens a window on a new folder with these files and settings. */
  async open(
    files: Record<string, string>,
    { cast, settings = {}, workspace }: { cast?: Cast; settings?: Settings; workspace?: Settings },
  ): Promise<Window> {
    this.count += 1;
    const name = `project${this.count}`;
    const folder = path.join(this.directory, name);
    mkdirSync(path.join(folder, '.vscode'), { recursive: true });
    for (const [file, text] of Object.entries(files)) {
      writeFileSync(path.join(folder, file), text);
    }
    if (workspace !== undefined) {
      writeFileSync(path.join(folder, '.vscode', 'settings.json'), JSON.stringify(workspace));
    }
    const scripted = cast && { 'coterie.server.path': this.scripted(name, cast) };
    const chosen = { ...QUIET, ...scripted, ...settings };
    this.settings('User', chosen);
    // The workbench runs elsewhere than the browser, so a machine's settings are its own.
    const isOfMachine = ([key]: [string, unknown]): boolean => MACHINE.test(key);
    this.settings('Machine', Object.fromEntries(Object.entries(chosen).filter(isOfMachine)));
    // Unsaved files of an earlier window would be opened again.
    rmSync(path.join(this.profile, 'User', 'Backups'), { recursive: true, force: true });
    const page = await this.browser!.newPage({ viewport: { width: 1200, height: 760 } });
    await page.goto(`http://127.0.0.1:${this.port}/?folder=${encodeURIComponent(folder)}`);
    const file = path.join(this.directory, 'probe', name);
    const port = await until('the probe listens', () => readable(file)).catch((error) => {
      throw new Error(`${error}\n${this.log}`);
    });
    return new Window(page, folder, Number(port));
  }

  /** Returns what the extension has written to its log in all windows. */
  logs(): string {
    const logs = path.join(this.profile, 'logs');
    return globSync('**/*Coterie*.log', { cwd: logs })
      .map((file) => readFileSync(path.join(logs, file), 'utf8'))
      .join('\n');
  }

  /** Ends everything; returns what is still alive after some patience. */
  async close(): Promise<string[]> {
    await this.browser?.close();
    this.process?.kill('SIGTERM');
    const left = await until('nothing is left', () => alive().length === 0, 20_000)
      .then(() => [])
      .catch(() => alive().map(({ command }) => command));
    for (const { pid } of alive()) {
      process.kill(pid, 'SIGKILL');
    }
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 5 });
    return left;
  }

  private settings(kind: 'User' | 'Machine', settings: Settings): void {
    mkdirSync(path.join(this.profile, kind), { recursive: true });
    writeFileSync(path.join(this.profile, kind, 'settings.json'), JSON.stringify(settings));
  }

  /** Returns a program that is written in Python. */
  program(name: string, lines: readonly string[]): string {
    const file = path.join(this.directory, `${name}.py`);
    writeFileSync(file, `${lines.join('\n')}\n`);
    return this.starting(name, `'${file}'`);
  }

  /** Returns a program that is a server with scripted models. */
  private scripted(name: string, cast: Cast): string {
    const file = path.join(this.directory, `${name}.json`);
    writeFileSync(file, JSON.stringify(cast));
    return this.starting(name, `-m tests.lsp_server.scripted '${file}'`);
  }

  private starting(name: string, args: string): string {
    const program = path.join(this.directory, `${name}-coterie`);
    const lines = [
      '#!/bin/sh',
      `export PYTHONPATH="\${PYTHONPATH:+$PYTHONPATH:}${ROOT}"`,
      `exec '${path.join(ROOT, '.venv', 'bin', 'python')}' ${args}`,
    ];
    writeFileSync(program, `${lines.join('\n')}\n`, { mode: 0o755 });
    return program;
  }

  private packProbe(): string {
    const target = path.join(this.directory, 'probe.vsix');
    const vsce = path.join(EXTENSION, '..', 'node_modules', '@vscode', 'vsce', 'vsce');
    const options = ['--no-dependencies', '--allow-missing-repository', '--skip-license'];
    execFileSync(process.execPath, [vsce, 'package', ...options, '--out', target], {
      cwd: path.join(import.meta.dirname, 'probe'),
      stdio: 'pipe',
    });
    return target;
  }
}

/** Returns the packaged extension. */
export function packaged(): string {
  const manifest = readFileSync(path.join(EXTENSION, '..', 'package.json'), 'utf8');
  return path.join(EXTENSION, `coterie-${JSON.parse(manifest).version}.vsix`);
}

function readable(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
