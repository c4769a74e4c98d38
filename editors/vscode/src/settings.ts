/**
 * Which settings go to the server, and how. What the user chose goes with `initializationOptions`;
 * what a workspace says is asked for by `workspace/configuration`, and may only tighten it. What
 * nobody chose is not sent, so that the server's own file and defaults hold.
 */

/** The layers of one setting, as `WorkspaceConfiguration.inspect` gives them. */
export interface Layers {
  readonly globalValue?: unknown;
  readonly workspaceValue?: unknown;
  readonly workspaceFolderValue?: unknown;
}

export type Inspect = (key: string) => Layers | undefined;
export type Options = Record<string, unknown>;

/** The extension looks after these itself, so that switching takes effect at once. */
const SWITCHES = ['enabled', 'languages'];

/** What a language's entry of the setting `languages` may say. */
type Languages = Record<string, { enabled?: boolean } | null | undefined>;

/** Returns what the user chose, by the server's names of the keys. */
export function userOptions(keys: readonly string[], inspect: Inspect): Options {
  const chosen = keys
    .filter((key) => !SWITCHES.includes(key))
    .map((key) => [key, inspect(key)?.globalValue] as const);
  return Object.fromEntries(chosen.filter(([, value]) => value !== undefined && value !== null));
}

/** Returns what a workspace, or one of its folders, asks for, and every switch that is off. */
export function workspaceOptions(keys: readonly string[], inspect: Inspect): Options {
  const options: Options = {};
  for (const key of keys.filter((key) => !SWITCHES.includes(key))) {
    const layers = inspect(key);
    const value = layers?.workspaceFolderValue ?? layers?.workspaceValue;
    if (value !== undefined && value !== null) {
      options[key] = value;
    }
  }
  if (!isOn(inspect)) {
    options['enabled'] = false;
  }
  for (const language of languagesOff(inspect)) {
    options[`languages.${language}.enabled`] = false;
  }
  return options;
}

/** Whether suggestions are on: a workspace cannot switch on what the user has switched off. */
export function isOn(inspect: Inspect): boolean {
  return layersOf(inspect('enabled')).every((value) => value !== false);
}

/** Whether suggestions are on in documents of a language. */
export function isOnFor(language: string, inspect: Inspect): boolean {
  return isOn(inspect) && !languagesOff(inspect).includes(language);
}

function languagesOff(inspect: Inspect): string[] {
  const layers = layersOf(inspect('languages')).filter((value) => typeof value === 'object');
  const entries = layers.flatMap((value) => Object.entries((value ?? {}) as Languages));
  return [...new Set(entries.filter(([, entry]) => entry?.enabled === false).map(([id]) => id))];
}

function layersOf(layers: Layers | undefined): unknown[] {
  return [layers?.globalValue, layers?.workspaceValue, layers?.workspaceFolderValue];
}

/** Returns the setting `languages` with one language switched; what says nothing is left out. */
export function withLanguage(value: unknown, language: string, on: boolean): Options | undefined {
  const { [language]: entry, ...others } = (value ?? {}) as Record<string, Options | undefined>;
  const { enabled: _, ...rest } = entry ?? {};
  const changed = on ? rest : { ...rest, enabled: false };
  const result = Object.keys(changed).length > 0 ? { ...others, [language]: changed } : others;
  return Object.keys(result).length > 0 ? result : undefined;
}
