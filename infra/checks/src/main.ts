import { join } from 'node:path';
import { locate } from '@weir/local-servers/locate';
import { fetchNewestNats } from '@weir/local-servers/newest-nats';
import { projectFolders } from '../../../vitest.config.ts';
import { root, runProgram } from './run-program.ts';
import { runTests } from './run-tests.ts';
import { readSelection, UsageError } from './selection.ts';
import { type Tally, addTallies, emptyTally, tallyLines } from './tally.ts';
import { serversFor } from './test-servers.ts';

/**
 * Everything that must hold before a change is taken, in the order of what is quickest to know. What fails is said and
 * the rest still runs. `--only PROJECT`, `--filter TEXT` and names of files run the tests that they choose and nothing else.
 */
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

try {
  await checkAll();
  console.log(`\n${verdicts.join('\n')}\n\n${tallyLines(tally)}`);
  process.exit(tally.failed === 0 ? 0 : 1);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  process.exit(2);
}

async function checkAll(): Promise<void> {
  const selection = readSelection(process.argv.slice(2), { root, projectFolders });
  const { only, files, filter } = selection;
  if (only.length === 0 && files.length === 0 && filter === undefined) {
    for (const { name, run } of checks) {
      console.log(`\n== ${name}`);
      record(name, { ...emptyTally, [(await run()) ? 'passed' : 'failed']: 1 });
    }
  }
  console.log('\n== tests');
  await installServers(only);
  record('tests', await runTests(selection, await findNewestNats(only)));
}

function runTurbo(tasks: readonly string[]): Promise<boolean> {
  return runProgram('turbo', ['run', ...tasks, '--output-logs', 'errors-only'], {
    TURBO_TELEMETRY_DISABLED: '1',
    TURBO_NO_UPDATE_NOTIFIER: '1',
  });
}

/** Done before the tests, so that no test waits for it. Those that need a missing server then say so. */
async function installServers(projects: readonly string[]): Promise<void> {
  for (const program of serversFor(projects, root)) {
    try {
      await locate(program, { onProgress: console.log });
    } catch (error) {
      console.error(String(error));
    }
  }
}

/** The tests of the bus run on the newest nats-server too, where this machine can have it. */
async function findNewestNats(projects: readonly string[]): Promise<NodeJS.ProcessEnv> {
  if (projects.length > 0 && !projects.includes('service-kit')) return {};
  const newest = await fetchNewestNats(join(root, 'node_modules/.cache/weir'));
  if ('file' in newest) {
    console.log(`the tests of the bus run on nats-server ${newest.version} too`);
    return { WEIR_NEWEST_NATS: newest.file };
  }
  console.log(
    `the tests of the bus run on the nats-server that is installed, and on no newer one: ${newest.reason}`,
  );
  return {};
}
