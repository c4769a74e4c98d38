/** What the editor was given to show at which state of a document, and what came later. */

import {
  commands,
  InlineCompletionItem,
  InlineCompletionList,
  type Position,
  Range,
  type TextDocument,
  TextDocumentChangeReason,
  type TextDocumentChangeEvent,
  window,
} from 'vscode';
import { type Place, type Spot, Upgrades } from './upgrades';

/** The parameters of `coterie/suggestionUpgraded`. */
export interface Upgrade {
  readonly textDocument: { readonly uri: string; readonly version: number };
  readonly position: Place;
  readonly items: readonly {
    readonly insertText: string;
    readonly range: { readonly start: Place; readonly end: Place };
    readonly command?: { readonly title: string; readonly command: string; arguments?: unknown[] };
  }[];
}

export type Answer = InlineCompletionItem[] | InlineCompletionList | null | undefined;

export class Suggestions {
  private readonly upgrades = new Upgrades<InlineCompletionItem>();
  private readonly undone = new Map<string, number>();
  private seen = false;

  /** Whether a document is as an undo or a redo has made it: then nobody wants to be helped. */
  isUndone(document: TextDocument): boolean {
    return this.undone.get(document.uri.toString()) === document.version;
  }

  changed({ document, reason }: TextDocumentChangeEvent): void {
    if (reason === TextDocumentChangeReason.Undo || reason === TextDocumentChangeReason.Redo) {
      this.undone.set(document.uri.toString(), document.version);
    } else {
      this.undone.delete(document.uri.toString());
    }
  }

  closed(document: TextDocument): void {
    this.undone.delete(document.uri.toString());
  }

  /** Returns what is known already, if the editor asks because it was told to. */
  recalled(document: TextDocument, position: Position): InlineCompletionItem[] | undefined {
    const items = this.upgrades.recall(spotOf(document, position));
    return items === undefined ? undefined : [...items];
  }

  /** Returns an answer with what has come later behind it. */
  complete(document: TextDocument, position: Position, answer: Answer): InlineCompletionItem[] {
    const spot = spotOf(document, position);
    const items = Array.isArray(answer) ? answer : (answer?.items ?? []);
    const all = this.upgrades.added(spot, items);
    this.upgrades.answered(spot, all);
    if (all.length > 0 && !this.seen) {
      this.seen = true;
      void commands.executeCommand('setContext', 'coterie.suggested', true);
    }
    return all;
  }

  /** Takes a better suggestion; has the editor ask again if it shows nothing there. */
  upgraded({ textDocument, position, items }: Upgrade): void {
    const spot: Spot = { ...textDocument, position };
    if (!this.upgrades.take(spot, items.map(itemOf))) {
      return;
    }
    const editor = window.activeTextEditor;
    const cursor = editor?.selection;
    if (
      cursor?.isEmpty &&
      editor?.document.uri.toString() === spot.uri &&
      editor.document.version === spot.version &&
      cursor.active.line === position.line &&
      cursor.active.character === position.character
    ) {
      void commands.executeCommand('editor.action.inlineSuggest.trigger');
    }
  }
}

function spotOf(document: TextDocument, { line, character }: Position): Spot {
  const { uri, version } = document;
  return { uri: uri.toString(), version, position: { line, character } };
}

function itemOf({ insertText, range, command }: Upgrade['items'][number]): InlineCompletionItem {
  const { start, end } = range;
  const span = new Range(start.line, start.character, end.line, end.character);
  return new InlineCompletionItem(insertText, span, command);
}
