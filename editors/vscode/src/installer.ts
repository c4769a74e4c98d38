/** Asks whether the server may be installed, and shows how that goes. */

import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import {
  ConfigurationTarget,
  type ExtensionContext,
  type LogOutputChannel,
  ProgressLocation,
  window,
  workspace,
} from 'vscode';
import { INSTALL, LOG } from './condition';
import { Cancelled, InstallationFailed, LEAST_PYTHON, install } from './install';
import type { Places } from './locate';
import { run } from './processes';
import type { Server } from './server';

const FOLDER = 'server-';

/** Returns the folder of our own virtual environment; each version has its own. */
export function ownFolder(context: ExtensionContext): string {
  const { version } = context.extension.packageJSON as { version: string };
  return path.join(context.globalStorageUri.fsPath, `${FOLDER}${version}`);
}

/** Asks for consent, says what it means, and returns it. */
export async function consents(context: ExtensionContext): Promise<boolean> {
  const yes = 'Install';
  const named = workspace.getConfiguration('coterie.server').get('path', '');
  const answer = await window.showInformationMessage(
    'Install the Coterie server on this machine?',
    {
      modal: true,
      detail:
        `A Python environment of its own is made in ${ownFolder(context)}, with the server, two ` +
        'tiny models and the packages they need, which pip fetches from where it is configured ' +
        'to. llama.cpp is among them: if nobody offers it prebuilt for this machine, it is ' +
        'compiled, which takes minutes and needs a C++ compiler.\n\n' +
        `It needs Python ${LEAST_PYTHON} or newer, a few hundred MB, and the network this once. ` +
        'Afterwards nothing leaves this machine.' +
        (named === '' ? '' : `\n\nThe setting coterie.server.path, now ${named}, is removed.`),
    },
    yes,
  );
  return answer === yes;
}

/** Installs the server, in sight and cancellable; starts it when it is there. */
export async function installServer(
  context: ExtensionContext,
  places: Places,
  server: Server,
  log: LogOutputChannel,
): Promise<void> {
  await server.stop();
  const configuration = workspace.getConfiguration('coterie.server');
  const plan = {
    places: { ...places, setting: '' },
    python: configuration.get('python', ''),
    wheels: configuration.get('wheels', ''),
    packages: path.join(context.extensionPath, 'server'),
  };
  const options = {
    location: ProgressLocation.Notification,
    title: 'Coterie: installing the server',
    cancellable: true,
  };
  try {
    mkdirSync(context.globalStorageUri.fsPath, { recursive: true });
    await window.withProgress(options, (progress, token) => {
      const aborter = new AbortController();
      token.onCancellationRequested(() => aborter.abort());
      const report = (step: string): void => {
        log.info(`installing: ${step}`);
        progress.report({ message: step });
        server.condition = { kind: 'installing', step: `installing: ${step}` };
      };
      return install(plan, run, { signal: aborter.signal, report, log: (line) => log.info(line) });
    });
  } catch (error) {
    failed(error, server, log);
    return;
  }
  removeFormer(context);
  // What the setting names would come first.
  await configuration.update('path', undefined, ConfigurationTarget.Global);
  await server.restart();
}

function failed(error: unknown, server: Server, log: LogOutputChannel): void {
  const isExplained = error instanceof InstallationFailed;
  const message =
    error instanceof Cancelled
      ? 'The installation was cancelled; nothing is left of it.'
      : `The server could not be installed. ${isExplained ? error.message : error}`;
  log.error(message);
  server.condition = { kind: 'trouble', message, remedies: [INSTALL, LOG] };
  if (!(error instanceof Cancelled)) {
    void window.showWarningMessage(`Coterie: ${message}`);
  }
}

/** Removes what former versions of this extension have installed. */
function removeFormer(context: ExtensionContext): void {
  const storage = context.globalStorageUri.fsPath;
  const former = readdirSync(storage).filter((name) => name.startsWith(FOLDER));
  for (const name of former.filter((name) => name !== path.basename(ownFolder(context)))) {
    rmSync(path.join(storage, name), { recursive: true, force: true });
  }
}
