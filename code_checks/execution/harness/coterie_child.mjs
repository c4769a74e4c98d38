// Imports one program and runs the tests from a number on, each with the program's own names in
// sight; reports on descriptor 3, which nothing that the program prints reaches.
import assert from 'node:assert';
import { readFileSync, writeSync } from 'node:fs';

const [program, first] = process.argv.slice(2);
const { tests } = JSON.parse(readFileSync('coterie_tests.json', 'utf8'));
const report = (index, ending, detail = '') =>
  writeSync(3, JSON.stringify([index, ending, detail]) + '\n');
const describe = (error) => String(error?.stack ?? error).split('\n')[0].slice(0, 300);

try {
  await import(`./${program}`);
} catch (error) {
  report(-1, 'error', describe(error));
  process.exit(0);
}
for (let index = Number(first); index < tests.length; index++) {
  try {
    await globalThis.coterieEvaluate(assert, tests[index]);
    report(index, 'pass');
  } catch (error) {
    const failed = error?.code === 'ERR_ASSERTION';
    report(index, failed ? 'fail' : 'error', failed ? 'AssertionError' : describe(error));
  }
}
process.exit(0);
