/** Reports that people read: the reasons for a suggestion, and what the doctor says. */

import {
  type Disposable,
  EventEmitter,
  ProgressLocation,
  type TextDocumentContentProvider,
  Uri,
  ViewColumn,
  window,
  workspace,
} from 'vscode';
import type { Located } from './locate';
import { run } from './processes';
import { type LastTrace, reasons } from './reasons';
import type { Server } from './server';

const SCHEME = 'coterie';

/** Documents that are no files, so that nothing is left and nothing asks to be saved. */
export class Reports implements TextDocumentContentProvider, Disposable {
  private readonly texts = new Map<string, string>();
  private readonly emitter = new EventEmitter<Uri>();
  private readonly registration = workspace.registerTextDocumentContentProvider(SCHEME, this);
  readonly onDidChange = this.emitter.event;

  provideTextDocumentContent(uri: Uri): string {
    return this.texts.get(uri.path) ?? '';
  }

  /** Shows a report beside what is being written; a report of the same name is replaced. */
  async show(name: string, text: string): Promise<void> {
    const uri = Uri.from({ scheme: SCHEME, path: `/${name}` });
    this.texts.set(uri.path, text);
    this.emitter.fire(uri);
    const document = await workspace.openTextDocument(uri);
    await window.showTextDocument(document, {
      viewColumn: ViewColumn.Beside,
      preserveFocus: true,
      preview: true,
    });
  }

  dispose(): void {
    this.registration.dispose();
    this.emitter.dispose();
  }
}

/** Shows why the last suggestion in the active document was made. */
export async function explain(server: Server, reports: Reports): Promise<void> {
  const document = window.activeTextEditor?.document;
  if (document === undefined) {
    return;
  }
  const uri = document.uri.toString();
  const trace = await server.execute<LastTrace | null>('coterie.lastTrace', uri);
  if (!trace) {
    void window.showInformationMessage('Coterie has suggested nothing in this document yet.');
    return;
  }
  const name = workspace.asRelativePath(document.uri, false);
  await reports.show('Why this suggestion?', reasons(name, trace));
}

/** Shows what the server's doctor says. */
export async function runDoctor(
  locate: () => Promise<Located>,
  reports: Reports,
): Promise<void> {
  const located = await locate();
  if (located.program === undefined) {
    void window.showWarningMessage(`Coterie: ${located.reason}`);
    return;
  }
  const { program } = located;
  const options = {
    location: ProgressLocation.Notification,
    title: 'Coterie: the doctor tries everything',
    cancellable: true,
  };
  const ended = await window.withProgress(options, (_, token) => {
    const aborter = new AbortController();
    token.onCancellationRequested(() => aborter.abort());
    return run(program, ['doctor'], { signal: aborter.signal });
  });
  if (ended.code !== null) {
    await reports.show('What the doctor says', ended.output);
  } else if (ended.output !== '') {
    void window.showWarningMessage(`Coterie: ${program}: ${ended.output}`);
  }
}
