import { parseArgs } from 'node:util';
import { locate } from '@weir/local-servers/locate';
import { root, runProgram } from './run-program.ts';
import { runTests } from './run-tests.ts';
import { type Tally, addTallies, emptyTally, tallyLines } from './tally.ts';
import { serversFor } from './test-servers.ts';

/**
 * Everything that must hold before a change is taken, in the order of what is quickest to know. What fails is said and
 * the rest still runs. `--only PROJECT` runs the tests of a vitest project and nothing else.
 */
const { only } = parseArgs({ options: { only: { type: 'string', multiple: true } } }).values;

const checks: { name: string; run: () => Promise<boolean> }[] = [
  { name: 'format', run: () => runProgram('prettier', ['--check', '--log-level', 'warn', '.']) },
  { name: 'types and lint', run: () => runTurbo(['typecheck', 'lint']) },
  { name: 'architecture', run: () => runProgram('node', [`${root}infra/checks/architecture.ts`]) },
];

let tally = emptyTally;
const verdicts: string[] = [];
const record = (name: string, result: Tally) => {
  tally = addTallies(tally, result);
  verdicts.push(`${result.failed === 0 ? 'ok    ' : 'FAILED'}  ${name}`);
};

if (!only) {
  for (const { name, run } of checks) {
    console.log(`\n== ${name}`);
    record(
      name,
      (await run()) ? { passed: 1, failed: 0, skipped: [] } : { passed: 0, failed: 1, skipped: [] },
    );
  }
}
console.log('\n== tests');
await installServers();
record('tests', await runTests(only ?? []));

console.log(`\n${verdicts.join('\n')}\n\n${tallyLines(tally)}`);
process.exit(tally.failed === 0 ? 0 : 1);

function runTurbo(tasks: readonly string[]): Promise<boolean> {
  return runProgram('turbo', ['run', ...tasks, '--output-logs', 'errors-only'], {
    TURBO_TELEMETRY_DISABLED: '1',
    TURBO_NO_UPDATE_NOTIFIER: '1',
  });
}

/** Done before the tests, so that no test waits for it. Those that need a missing server then say so. */
async function installServers(): Promise<void> {
  for (const program of serversFor(only ?? [], root)) {
    try {
      await locate(program, { onProgress: console.log });
    } catch (error) {
      console.error(String(error));
    }
  }
}
