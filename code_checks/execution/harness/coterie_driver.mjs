// Runs the tests in coterie_tests.json on one program, in processes of their own that may hang or
// die: a new one goes on behind the test that ended the last. Prints one line of JSON.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const { program, tests, milliseconds } = JSON.parse(readFileSync('coterie_tests.json', 'utf8'));
const outcomes = [];
while (outcomes.length < tests.length) {
  const first = outcomes.length;
  const run = spawnSync(
    process.execPath,
    [...process.execArgv, 'coterie_child.mjs', program, String(first)],
    { stdio: ['ignore', 'ignore', 'ignore', 'pipe'], timeout: milliseconds, killSignal: 'SIGKILL' },
  );
  const reports = String(run.output?.[3] ?? '').split('\n').filter(Boolean);
  for (const report of reports) {
    const [index, ending, detail] = parsed(report);
    if (index === -1) {
      while (outcomes.length < tests.length) outcomes.push([ending, detail]);
    } else if (index === outcomes.length && index < tests.length) {
      outcomes.push([ending, detail]);
    }
  }
  if (outcomes.length < tests.length && run.error?.code === 'ETIMEDOUT') {
    outcomes.push(['timeout', `after ${milliseconds / 1000} s`]);
  } else if (outcomes.length < tests.length) {
    outcomes.push(['died', run.signal ? `by ${run.signal}` : `exited with ${run.status}`]);
  }
}
process.stdout.write(JSON.stringify(outcomes) + '\n');

function parsed(report) {
  try {
    return JSON.parse(report);
  } catch {
    return [-2, 'died', 'it spoiled its report'];
  }
}
