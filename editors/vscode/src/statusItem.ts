/** The item in the status bar and its menu. */

import {
  commands,
  type Disposable,
  MarkdownString,
  type QuickPickItem,
  QuickPickItemKind,
  StatusBarAlignment,
  type StatusBarItem,
  ThemeColor,
  window,
} from 'vscode';
import { type Condition, lookOf } from './condition';
import { type Entry, type Situation, entriesOf, headline } from './menu';
import { inspector, isOnEverywhere, isOnInWorkspace, silenceOf } from './switches';
import { isOnFor } from './settings';

/** Answers come within a moment; an item that twitches at each key would only disturb. */
const PATIENCE_MS = 400;

export class StatusItem implements Disposable {
  private readonly item: StatusBarItem;
  private timer: NodeJS.Timeout | undefined;

  constructor(private condition: Condition) {
    this.item = window.createStatusBarItem('coterie.status', StatusBarAlignment.Right, 100);
    this.item.name = 'Coterie';
    this.item.command = 'coterie.showMenu';
    this.show();
    this.item.show();
  }

  /** Shows another condition: at once, except that somebody is thinking. */
  update(condition: Condition): void {
    this.condition = condition;
    clearTimeout(this.timer);
    const isBusy = condition.kind === 'running' && condition.status.state === 'busy';
    if (isBusy) {
      this.timer = setTimeout(() => this.show(), PATIENCE_MS);
    } else {
      this.show();
    }
  }

  /** Shows what holds for the document that somebody has turned to. */
  show(): void {
    const { text, tooltip, alarming } = lookOf(this.condition, silence());
    this.item.text = text;
    this.item.tooltip = new MarkdownString(tooltip);
    this.item.accessibilityInformation = { label: tooltip, role: 'button' };
    this.item.backgroundColor = alarming
      ? new ThemeColor('statusBarItem.warningBackground')
      : undefined;
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.item.dispose();
  }
}

/** Shows the menu and does what is chosen. */
export async function showMenu(condition: Condition): Promise<void> {
  const situation = situationNow(condition);
  const items = entriesOf(situation).map(pickOf);
  const options = { title: headline(situation), placeHolder: 'What shall Coterie do?' };
  const chosen = await window.showQuickPick(items, options);
  if (chosen?.command !== undefined) {
    await commands.executeCommand(chosen.command);
  }
}

function situationNow(condition: Condition): Situation {
  const document = window.activeTextEditor?.document;
  const language = document && {
    id: document.languageId,
    on: isOnFor(document.languageId, onlyLanguages(document.uri)),
  };
  return {
    condition,
    everywhere: isOnEverywhere(),
    workspace: isOnInWorkspace(),
    language,
    silenced: silence(),
  };
}

function onlyLanguages(uri: Parameters<typeof inspector>[0]): ReturnType<typeof inspector> {
  const inspect = inspector(uri);
  return (key) => (key === 'languages' ? inspect(key) : undefined);
}

function silence(): string {
  return silenceOf(window.activeTextEditor?.document);
}

function pickOf(entry: Entry): QuickPickItem & { command?: string } {
  const { heading, ...item } = entry;
  return heading ? { label: item.label, kind: QuickPickItemKind.Separator } : item;
}
