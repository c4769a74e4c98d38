/** The switches of suggestions, as VS Code keeps them: for the user, a workspace and languages. */

import { ConfigurationTarget, type TextDocument, type Uri, window, workspace } from 'vscode';
import { type Inspect, type Layers, isOn, isOnFor, withLanguage } from './settings';

/** Returns a reader of the layers of settings that hold for a file, or for the window. */
export function inspector(scope?: Uri): Inspect {
  const configuration = workspace.getConfiguration('coterie', scope ?? null);
  return (key) => {
    const layers = configuration.inspect(key);
    // In Restricted Mode nothing that a workspace says counts, whatever the editor hands out.
    return workspace.isTrusted ? layers : ({ globalValue: layers?.globalValue } satisfies Layers);
  };
}

/** Whether suggestions are on in this window. */
export function isOnHere(): boolean {
  return isOn(inspector());
}

/** Whether suggestions are on for the user, whatever the workspace says. */
export function isOnEverywhere(): boolean {
  return inspector()('enabled')?.globalValue !== false;
}

/** Whether this workspace has them on; undefined if it cannot be asked. */
export function isOnInWorkspace(): boolean | undefined {
  const asked = workspace.isTrusted && (workspace.workspaceFolders ?? []).length > 0;
  return asked ? inspector()('enabled')?.workspaceValue !== false : undefined;
}

/** Says why a document gets no suggestions, or "". */
export function silenceOf(document: TextDocument | undefined): string {
  if (document === undefined) {
    return '';
  }
  const inspect = inspector(document.uri);
  if (!isOn(inspect)) {
    return 'off here';
  }
  return isOnFor(document.languageId, inspect) ? '' : `off for ${document.languageId}`;
}

export async function toggleEverywhere(): Promise<void> {
  await write('enabled', isOnEverywhere() ? false : undefined, ConfigurationTarget.Global);
}

export async function toggleInWorkspace(): Promise<void> {
  const on = isOnInWorkspace();
  if (on !== undefined) {
    await write('enabled', on ? false : undefined, ConfigurationTarget.Workspace);
  }
}

/** Switches the language of the document that is being written, for the user. */
export async function toggleLanguage(): Promise<void> {
  const language = window.activeTextEditor?.document.languageId;
  if (language === undefined) {
    return;
  }
  const value = inspector()('languages')?.globalValue;
  const on = !isOnFor(language, (key) => (key === 'languages' ? { globalValue: value } : {}));
  await write('languages', withLanguage(value, language, on), ConfigurationTarget.Global);
}

async function write(key: string, value: unknown, target: ConfigurationTarget): Promise<void> {
  await workspace.getConfiguration('coterie').update(key, value, target);
}
