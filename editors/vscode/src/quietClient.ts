/** The language client, without its own notifications: the status-bar item tells what is wrong. */

import { type LogOutputChannel, ProgressLocation, window } from 'vscode';
import {
  CloseAction,
  ErrorAction,
  LanguageClient,
  type LanguageClientOptions,
  type ProgressToken,
  RevealOutputChannelOn,
  type WorkDoneProgressBegin,
  type WorkDoneProgressEnd,
  type WorkDoneProgressReport,
} from 'vscode-languageclient/node';
import { createInterface } from 'node:readline';

/** One message about the progress of some work. */
export type WorkDone = WorkDoneProgressBegin | WorkDoneProgressReport | WorkDoneProgressEnd;

/** For how long the outcome of some work stays in the status bar. */
const OUTCOME_MS = 15_000;

/** A client whose problems go to the log. */
export class QuietClient extends LanguageClient {
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }
}

/**
 * Returns the options that keep a client quiet. `lost` is called when the server has ended, or
 * cannot be understood any more.
 */
export function quietOptions(log: LogOutputChannel, lost: () => void): LanguageClientOptions {
  return {
    outputChannel: log,
    traceOutputChannel: log,
    revealOutputChannelOn: RevealOutputChannelOn.Never,
    initializationFailedHandler: () => false,
    // What the server writes to standard error is its log, and no error for that.
    stdioOptions: {
      stdout: () => {},
      stderr: (stream) => {
        createInterface({ input: stream }).on('line', (line) => log.info(line));
      },
    },
    errorHandler: {
      error: () => {
        lost();
        return { action: ErrorAction.Continue, handled: true };
      },
      closed: () => {
        lost();
        return { action: CloseAction.DoNotRestart, handled: true };
      },
    },
  };
}

/**
 * Shows the progress of work that was ordered where it can be cancelled; the client itself would
 * show it in the status bar, without a button. Other progress goes to `percentage`.
 */
export class ProgressNotifications {
  private readonly shown = new Map<ProgressToken, Shown>();

  constructor(
    private readonly cancel: (token: ProgressToken) => void,
    private readonly percentage: (percentage: number | undefined) => void,
  ) {}

  handle(token: ProgressToken, value: WorkDone): void {
    if (value.kind === 'begin' && value.cancellable) {
      this.shown.set(token, new Shown(value, () => this.cancel(token)));
    } else if (this.shown.has(token)) {
      this.shown.get(token)?.go(value);
      if (value.kind === 'end') {
        this.shown.delete(token);
      }
    } else {
      this.percentage(value.kind === 'end' ? undefined : value.percentage);
    }
  }

  /** Ends what is shown, because the server that would end it is gone. */
  close(): void {
    for (const shown of this.shown.values()) {
      shown.go({ kind: 'end' });
    }
    this.shown.clear();
  }
}

/** A notification with a progress bar and a button to cancel. */
class Shown {
  private report: ((message: string) => void) | undefined;
  private end: (() => void) | undefined;

  private readonly title: string;

  constructor({ title, message }: WorkDoneProgressBegin, cancel: () => void) {
    this.title = title;
    const options = { location: ProgressLocation.Notification, title, cancellable: true };
    void window.withProgress(options, (progress, token) => {
      token.onCancellationRequested(cancel);
      this.report = (text) => progress.report({ message: text });
      if (message !== undefined) {
        this.report(message);
      }
      return new Promise<void>((resolve) => {
        this.end = resolve;
      });
    });
  }

  go(value: WorkDone): void {
    if (value.kind === 'end') {
      this.end?.();
      if (value.message !== undefined) {
        // The preview of an edit does not say what speaks for it.
        window.setStatusBarMessage(`${this.title}: ${value.message}`, OUTCOME_MS);
      }
    } else if (value.message !== undefined) {
      this.report?.(value.message);
    }
  }
}
