/** The entries of the status-bar item's menu. */

import { type Condition, type Remedy, lookOf, remediesOf } from './condition';

/** What the menu is about: the condition, the switches, and the document that is being written. */
export interface Situation {
  readonly condition: Condition;
  /** Whether the user, rather than the workspace, has suggestions on. */
  readonly everywhere: boolean;
  /** The workspace's switch; undefined where there is no workspace, or none that is trusted. */
  readonly workspace?: boolean;
  readonly language?: { readonly id: string; readonly on: boolean };
  readonly silenced: string;
}

/** An entry: a heading without a command, or something to do. */
export interface Entry {
  readonly label: string;
  readonly heading?: boolean;
  readonly description?: string;
  readonly detail?: string;
  readonly command?: string;
}

/** Returns the menu's entries, from top to bottom. */
export function entriesOf(situation: Situation): Entry[] {
  const { condition } = situation;
  const remedies = remediesOf(condition).map(remedy);
  return [
    ...under('What helps', remedies),
    ...under('Suggestions', switches(situation)),
    ...under('Models', models(condition)),
    ...under('Look closer', looks(remedies)),
  ];
}

/** Returns one line about the condition. */
export function headline(situation: Situation): string {
  const { condition } = situation;
  const version = condition.kind === 'running' && condition.version ? ` ${condition.version}` : '';
  const { tooltip } = lookOf(condition, situation.silenced);
  // A title is plain text, where a tooltip may have code in it.
  return tooltip.replace('Coterie', `Coterie${version}`).replaceAll('`', '');
}

function under(heading: string, entries: Entry[]): Entry[] {
  return entries.length > 0 ? [{ label: heading, heading: true }, ...entries] : [];
}

function remedy({ title, command }: Remedy): Entry {
  return { label: `$(lightbulb) ${title}`, command };
}

function switches({ everywhere, language, workspace }: Situation): Entry[] {
  const entries = [toggle('everywhere', everywhere, 'coterie.toggle')];
  if (everywhere && language !== undefined) {
    entries.push(toggle(`for ${language.id}`, language.on, 'coterie.toggleLanguage'));
  }
  if (everywhere && workspace !== undefined) {
    entries.push(toggle('in this workspace', workspace, 'coterie.toggleWorkspace'));
  }
  return entries;
}

function toggle(where: string, on: boolean, command: string): Entry {
  const [icon, verb] = on ? ['circle-slash', 'off'] : ['check', 'on'];
  return { label: `$(${icon}) Turn ${verb} ${where}`, description: on ? 'is on' : 'is off', command };
}

function models(condition: Condition): Entry[] {
  const listed = condition.kind === 'running' ? (condition.status.models ?? []) : [];
  return listed.map(({ name, state = '', detail = '', url = '' }) => ({
    label: `$(${state === 'refused' ? 'warning' : 'chip'}) ${name}`,
    description: url === '' ? state : `${state}, on a server: ${url}`,
    detail,
    command: 'coterie.runDoctor',
  }));
}

function looks(remedies: Entry[]): Entry[] {
  const all: Entry[] = [
    { label: '$(question) Why This Suggestion?', command: 'coterie.explainSuggestion' },
    { label: '$(output) Show the Log', command: 'coterie.showLog' },
    { label: '$(pulse) Run the Doctor', command: 'coterie.runDoctor' },
    { label: '$(debug-restart) Restart the Server', command: 'coterie.restart' },
    { label: '$(gear) Settings', command: 'coterie.openSettings' },
  ];
  return all.filter((entry) => !remedies.some(({ command }) => command === entry.command));
}
