/** What happens between the editor and the server: switches, settings, and what came later. */

import { commands, InlineCompletionTriggerKind, Uri } from 'vscode';
import type { Middleware, ProgressToken } from 'vscode-languageclient/node';
import type { WorkDone } from './quietClient';
import { workspaceOptions } from './settings';
import type { Suggestions } from './suggestions';
import { inspector, silenceOf } from './switches';

/** The server's command to show its reasons; our own shows them in a document that is no file. */
const WHY = 'coterie.why';

export function middleware(
  keys: readonly string[],
  suggestions: Suggestions,
  progress: (token: ProgressToken, value: WorkDone) => void,
): Middleware {
  return {
    handleWorkDoneProgress: (token, value) => progress(token, value),
    provideInlineCompletionItems: async (document, position, context, token, next) => {
      const automatic = context.triggerKind === InlineCompletionTriggerKind.Automatic;
      if (silenceOf(document) !== '' || (automatic && suggestions.isUndone(document))) {
        return [];
      }
      const known = suggestions.recalled(document, position);
      if (known !== undefined) {
        return suggestions.complete(document, position, known);
      }
      const answer = await next(document, position, context, token);
      if (token.isCancellationRequested || context.selectedCompletionInfo !== undefined) {
        return answer;
      }
      return suggestions.complete(document, position, answer);
    },
    executeCommand: (command, args, next) =>
      command === WHY ? commands.executeCommand('coterie.explainSuggestion') : next(command, args),
    workspace: {
      // The client would send the defaults as well, which would hide the server's own file.
      configuration: ({ items }) =>
        items.map(({ scopeUri }) =>
          workspaceOptions(keys, inspector(scopeUri ? Uri.parse(scopeUri) : undefined)),
        ),
    },
  };
}
