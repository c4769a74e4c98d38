/** The reasons for a suggestion as lines of text. */

/** The result of the server's command `coterie.lastTrace`, as far as it is used here. */
export interface LastTrace {
  readonly completions?: readonly {
    readonly text: string;
    readonly model?: string;
    readonly share?: number;
  }[];
  /** The steps, laid out for people. */
  readonly text: string;
}

export function reasons(name: string, { completions = [], text }: LastTrace): string {
  const shown = completions.map(({ text, model, share }) => {
    const votes = share === undefined ? '' : `, ${Math.round(share * 100)} % of the votes`;
    return `${indented(text)}\n  (${model ?? 'known from before'}${votes})`;
  });
  const suggested = shown.length > 0 ? shown.join('\n\n') : '  nothing';
  return `Why Coterie suggested this in ${name}\n\n${suggested}\n\nHow it came about\n\n${text}\n`;
}

function indented(text: string): string {
  return text.replace(/^/gm, '  │ ');
}
