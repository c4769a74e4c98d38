// Lets Node load .ts files whose types have been removed already, under the names by which
// TypeScript imports them: without an ending, or with the one of the compiled file.
import { readFileSync } from 'node:fs';
import { register } from 'node:module';
import { isMainThread } from 'node:worker_threads';

const typed = /\.[mc]?ts$/;

if (isMainThread) register(import.meta.url);

export async function resolve(specifier, context, next) {
  const compiled = /\.([mc]?)js$/;
  const names = [specifier];
  if (specifier.startsWith('.')) {
    names.push(specifier.replace(compiled, '.$1ts'), `${specifier}.ts`, `${specifier}/index.ts`);
  }
  let failure;
  for (const name of names) {
    try {
      return await next(name, context);
    } catch (error) {
      failure ??= error;
    }
  }
  throw failure;
}

export async function load(url, context, next) {
  if (!typed.test(url)) return next(url, context);
  return { format: 'module', source: readFileSync(new URL(url), 'utf8'), shortCircuit: true };
}
