/** Coterie for VS Code: finds the server, starts it, and tells how it is. */

import { homedir } from 'node:os';
import {
  commands,
  ConfigurationTarget,
  type ExtensionContext,
  window,
  workspace,
} from 'vscode';
import { INSTALL } from './condition';
import { consents, installServer, ownFolder } from './installer';
import { type Located, type Places, locate } from './locate';
import { run } from './processes';
import { Reports, explain, runDoctor } from './reports';
import { Server } from './server';
import { StatusItem, showMenu } from './statusItem';
import { toggleEverywhere, toggleInWorkspace, toggleLanguage } from './switches';

const PREFIX = 'coterie.';
const OWN = 'server.';
const ASKED = 'askedToInstall';

let server: Server | undefined;

export function activate(context: ExtensionContext): void {
  const log = window.createOutputChannel('Coterie', { log: true });
  const where = (): Promise<Located> => locate(placesOf(context), run);
  const started = new Server(context, log, keysOf(context), where);
  server = started;
  const item = new StatusItem(started.condition);
  const reports = new Reports();

  const install = async (): Promise<void> => {
    if (await consents(context)) {
      await installServer(context, placesOf(context), started, log);
    }
  };
  const handlers: Record<string, () => unknown> = {
    'coterie.showMenu': () => showMenu(started.condition),
    'coterie.toggle': toggleEverywhere,
    'coterie.toggleLanguage': toggleLanguage,
    'coterie.toggleWorkspace': toggleInWorkspace,
    'coterie.explainSuggestion': () => explain(started, reports),
    'coterie.restart': () => started.restart(),
    'coterie.runDoctor': () => runDoctor(where, reports),
    'coterie.installServer': install,
    'coterie.chooseServer': chooseServer,
    'coterie.showLog': () => log.show(),
    'coterie.openSettings': () => openSettings(context),
    'coterie.getStarted': () => openWalkthrough(context),
  };
  context.subscriptions.push(
    log,
    started,
    item,
    reports,
    started.changed((condition) => {
      item.update(condition);
      const running = condition.kind === 'running';
      void commands.executeCommand('setContext', 'coterie.running', running);
    }),
    window.onDidChangeActiveTextEditor(() => item.show()),
    workspace.onDidOpenTextDocument(() => item.show()),
    workspace.onDidChangeTextDocument((event) => started.suggestions.changed(event)),
    workspace.onDidCloseTextDocument((document) => started.suggestions.closed(document)),
    workspace.onDidGrantWorkspaceTrust(() => started.configure()),
    workspace.onDidChangeConfiguration(async (event) => {
      if (event.affectsConfiguration('coterie.server.path')) {
        await started.restart();
      } else if (event.affectsConfiguration('coterie')) {
        await started.configure();
      }
      item.show();
    }),
    ...Object.entries(handlers).map(([name, handler]) => commands.registerCommand(name, handler)),
  );

  // Activation does not wait: it would hold up the editor.
  void started.restart().then(async () => {
    const { condition } = started;
    const isMissing = condition.kind === 'trouble' && condition.remedies[0] === INSTALL;
    if (isMissing && !context.globalState.get(ASKED, false)) {
      // Once: whoever says no finds the button in the menu.
      await context.globalState.update(ASKED, true);
      await install();
    }
  });
}

export async function deactivate(): Promise<void> {
  await server?.stop();
}

/** Returns the server's keys among the settings that the extension contributes. */
function keysOf(context: ExtensionContext): string[] {
  const { contributes } = context.extension.packageJSON as {
    contributes: { configuration: { properties: Record<string, unknown> }[] };
  };
  const names = contributes.configuration.flatMap(({ properties }) => Object.keys(properties));
  return names.map((name) => name.slice(PREFIX.length)).filter((name) => !name.startsWith(OWN));
}

function placesOf(context: ExtensionContext): Places {
  return {
    setting: workspace.getConfiguration('coterie.server').get('path', ''),
    own: ownFolder(context),
    version: (context.extension.packageJSON as { version: string }).version,
    environment: process.env,
    platform: process.platform,
    home: homedir(),
  };
}

async function chooseServer(): Promise<void> {
  const chosen = await window.showOpenDialog({ title: "Choose Coterie's program, `coterie`" });
  if (chosen?.[0] !== undefined) {
    const configuration = workspace.getConfiguration('coterie.server');
    await configuration.update('path', chosen[0].fsPath, ConfigurationTarget.Global);
  }
}

async function openSettings({ extension }: ExtensionContext): Promise<void> {
  await commands.executeCommand('workbench.action.openSettings', `@ext:${extension.id}`);
}

async function openWalkthrough({ extension }: ExtensionContext): Promise<void> {
  await commands.executeCommand('workbench.action.openWalkthrough', `${extension.id}#start`, false);
}
