/** What goes on, in plain data, and how it is told to people. */

/** A model, as the server reports it. */
export interface ModelStatus {
  readonly name: string;
  readonly state?: string;
  readonly detail?: string;
  readonly url?: string;
}

/** The parameters of the notification `coterie/status`. */
export interface ServerStatus {
  readonly state: 'loading' | 'ready' | 'busy' | 'off' | 'trouble';
  readonly message?: string;
  readonly models?: readonly ModelStatus[];
  readonly remedy?: string;
}

/** What helps when something is wrong: the title and the command of a button. */
export interface Remedy {
  readonly title: string;
  readonly command: string;
}

/** The condition of the server, from the extension's point of view. */
export type Condition =
  | { readonly kind: 'off' }
  | { readonly kind: 'starting' }
  | { readonly kind: 'installing'; readonly step: string }
  | { readonly kind: 'trouble'; readonly message: string; readonly remedies: readonly Remedy[] }
  | {
      readonly kind: 'running';
      readonly status: ServerStatus;
      readonly percentage?: number;
      readonly version?: string;
    };

/** What the status-bar item shows. */
export interface Look {
  readonly text: string;
  readonly tooltip: string;
  readonly alarming: boolean;
}

export const RESTART: Remedy = { title: 'Restart the Server', command: 'coterie.restart' };
export const DOCTOR: Remedy = { title: 'Run the Doctor', command: 'coterie.runDoctor' };
export const LOG: Remedy = { title: 'Show the Log', command: 'coterie.showLog' };
export const INSTALL: Remedy = { title: 'Install the Server…', command: 'coterie.installServer' };
export const CHOOSE: Remedy = { title: 'Choose Its File…', command: 'coterie.chooseServer' };

/** Returns what the status-bar item shows. `silenced` says why this document gets nothing. */
export function lookOf(condition: Condition, silenced = ''): Look {
  const look = (icon: string, tooltip: string, alarming = false): Look => {
    return { text: `$(${icon}) Coterie`, tooltip: `Coterie: ${tooltip}`, alarming };
  };
  switch (condition.kind) {
    case 'off':
      return look('circle-slash', 'off');
    case 'starting':
      return look('loading~spin', 'starting the server');
    case 'installing':
      return look('cloud-download', condition.step);
    case 'trouble':
      return look('warning', condition.message, true);
    case 'running':
      return running(condition.status, condition.percentage, silenced, look);
  }
}

function running(
  status: ServerStatus,
  percentage: number | undefined,
  silenced: string,
  look: (icon: string, tooltip: string, alarming?: boolean) => Look,
): Look {
  if (status.state === 'trouble') {
    return look('warning', [status.message, status.remedy].filter(Boolean).join(' '), true);
  }
  if (status.state === 'off' || silenced !== '') {
    return look('circle-slash', silenced || status.message || 'off');
  }
  if (status.state === 'loading') {
    const part = percentage === undefined ? '' : ` ${percentage} %`;
    const shown = look('loading~spin', `loading models${part}`);
    return { ...shown, text: shown.text + part };
  }
  if (status.state === 'busy') {
    return look('loading~spin', 'thinking');
  }
  return look('check', status.message ? `ready, but ${status.message}` : 'ready');
}

/** Returns what helps in this condition, the most likely first. */
export function remediesOf(condition: Condition): readonly Remedy[] {
  if (condition.kind === 'trouble') {
    return condition.remedies;
  }
  return condition.kind === 'running' && condition.status.state === 'trouble'
    ? [DOCTOR, LOG, RESTART]
    : [];
}
