/** The server's life: started where it is wanted, again when it ended by itself, and stopped. */

import {
  type Disposable,
  EventEmitter,
  type ExtensionContext,
  type LogOutputChannel,
  workspace,
} from 'vscode';
import { State, WorkDoneProgressCancelNotification } from 'vscode-languageclient/node';
import {
  CHOOSE,
  type Condition,
  INSTALL,
  LOG,
  type Remedy,
  RESTART,
  type ServerStatus,
} from './condition';
import { type Located, misfit } from './locate';
import { middleware } from './middleware';
import { ProgressNotifications, QuietClient, quietOptions } from './quietClient';
import { Restarts } from './restarts';
import { type Options, userOptions } from './settings';
import { inspector, isOnHere } from './switches';
import { Suggestions, type Upgrade } from './suggestions';
import { fits } from './version';

/** One window's server. `changed` fires when its condition has. */
export class Server implements Disposable {
  readonly suggestions = new Suggestions();
  private readonly emitter = new EventEmitter<Condition>();
  readonly changed = this.emitter.event;
  private current: Condition = { kind: 'off' };
  private client: QuietClient | undefined;
  private restarts = new Restarts();
  private timer: NodeJS.Timeout | undefined;
  /** Starts and stops happen one after the other. */
  private queue: Promise<void> = Promise.resolve();
  private sent = '';

  constructor(
    private readonly context: ExtensionContext,
    private readonly log: LogOutputChannel,
    private readonly keys: readonly string[],
    private readonly locate: () => Promise<Located>,
  ) {}

  get condition(): Condition {
    return this.current;
  }

  set condition(condition: Condition) {
    this.current = condition;
    this.emitter.fire(condition);
  }

  /** Starts the server anew, or stops it if suggestions are switched off. */
  restart(): Promise<void> {
    this.restarts.forget();
    return this.enqueue(async () => {
      await this.end();
      await this.begin();
    });
  }

  stop(): Promise<void> {
    return this.enqueue(() => this.end());
  }

  /** Brings the server into line with the settings. */
  async configure(): Promise<void> {
    const runs = this.current.kind === 'running' || this.current.kind === 'starting';
    if (isOnHere() !== runs || (runs && this.options() !== this.sent)) {
      await this.restart();
    } else {
      await this.client?.sendNotification('workspace/didChangeConfiguration', { settings: null });
    }
  }

  /** Asks the server to execute one of its commands; undefined if it does not run. */
  async execute<Result>(command: string, ...args: unknown[]): Promise<Result | undefined> {
    if (this.client?.state !== State.Running) {
      return undefined;
    }
    return this.client.sendRequest<Result>('workspace/executeCommand', { command, arguments: args });
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.emitter.dispose();
  }

  private enqueue(work: () => Promise<void>): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.queue = this.queue.then(work).catch((error: unknown) => this.log.error(`${error}`));
    return this.queue;
  }

  private async begin(): Promise<void> {
    if (!isOnHere()) {
      this.condition = { kind: 'off' };
      return;
    }
    this.condition = { kind: 'starting' };
    const located = await this.locate();
    if (located.program === undefined) {
      this.trouble(located.reason, located.misconfigured ? [CHOOSE, INSTALL] : [INSTALL, CHOOSE]);
      return;
    }
    this.log.info(`starting ${located.program}`);
    await this.connect(located.program);
  }

  private async connect(program: string): Promise<void> {
    this.sent = this.options();
    let hasEnded = (): void => {};
    // A client whose server ends before it has answered waits for ever.
    const end = new Promise<'ended'>((resolve) => {
      hasEnded = () => resolve('ended');
    });
    const client = this.made(program, hasEnded);
    this.client = client;
    try {
      if ((await Promise.race([client.start(), end])) === 'ended') {
        return;
      }
    } catch (error) {
      this.log.error(`${program} does not start: ${error}`);
      if (this.client === client) {
        this.trouble(`${program} does not start.`, [LOG, RESTART, INSTALL]);
      }
      return;
    }
    const version = client.initializeResult?.serverInfo?.version;
    const ours = this.version();
    if (version === undefined || !fits(version, ours)) {
      this.log.warn(misfit(program, version, ours));
      await this.end();
      this.trouble(misfit(program, version, ours), [INSTALL, CHOOSE]);
      return;
    }
    const status = await this.execute<ServerStatus>('coterie.status');
    this.running(status ?? { state: 'loading' }, version);
  }

  private made(program: string, hasEnded: () => void): QuietClient {
    const notifications = new ProgressNotifications(
      (token) => void client.sendNotification(WorkDoneProgressCancelNotification.type, { token }),
      (percentage) => this.loading(percentage),
    );
    const client: QuietClient = new QuietClient(
      'coterie',
      'Coterie',
      // Not in the workspace's folder: nothing in there may be taken for a part of the program.
      { command: program, args: ['serve'], options: { cwd: this.context.extensionPath } },
      {
        ...quietOptions(this.log, () => {
          notifications.close();
          this.lost(client);
          hasEnded();
        }),
        documentSelector: [
          { scheme: 'file' },
          { scheme: 'untitled' },
          { scheme: 'vscode-notebook-cell' },
        ],
        initializationOptions: JSON.parse(this.sent) as Options,
        middleware: middleware(this.keys, this.suggestions, (token, value) =>
          notifications.handle(token, value),
        ),
      },
    );
    client.onNotification('coterie/status', (status: ServerStatus) => {
      if (this.client === client) {
        this.running(status);
      }
    });
    client.onNotification('coterie/suggestionUpgraded', (upgrade: Upgrade) => {
      this.suggestions.upgraded(upgrade);
    });
    return client;
  }

  private running(status: ServerStatus, version?: string): void {
    const known = this.current.kind === 'running' ? this.current : undefined;
    this.condition = {
      kind: 'running',
      status,
      version: version ?? known?.version,
      percentage: status.state === 'loading' ? known?.percentage : undefined,
    };
  }

  private loading(percentage: number | undefined): void {
    if (this.current.kind === 'running') {
      this.condition = { ...this.current, percentage };
    }
  }

  /** The server has ended by itself, or cannot be understood any more. */
  private lost(client: QuietClient): void {
    if (this.client !== client) {
      return;
    }
    this.client = undefined;
    if (client.needsStop()) {
      client.stop().catch((error: unknown) => this.log.warn(`${error}`));
    }
    const pause = this.restarts.pauseAfterEnd(Date.now());
    if (pause === undefined) {
      this.trouble('The server ends, again and again, before it is of use.', [LOG, RESTART]);
      return;
    }
    this.log.warn(`the connection is lost; the server is started again in ${pause} ms`);
    this.condition = { kind: 'starting' };
    this.timer = setTimeout(() => {
      this.timer = undefined;
      void this.enqueue(() => this.begin());
    }, pause);
  }

  private async end(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    this.condition = { kind: 'off' };
    if (client?.needsStop()) {
      await client.stop().catch((error: unknown) => this.log.warn(`${error}`));
    }
  }

  private trouble(message: string, remedies: readonly Remedy[]): void {
    this.log.warn(message);
    this.condition = { kind: 'trouble', message, remedies };
  }

  /** Returns what the server is told at its start, as JSON. */
  private options(): string {
    const options = userOptions(this.keys, inspector());
    if (!workspace.isTrusted && this.keys.includes('tests.run')) {
      // Tests are programs, and these are a stranger's.
      options['tests.run'] = false;
    }
    return JSON.stringify(options);
  }

  private version(): string {
    return (this.context.extension.packageJSON as { version: string }).version;
  }
}
