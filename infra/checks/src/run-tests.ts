import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vitestProjectsOf } from '../../../vitest.config.ts';
import { runProgram } from './run-program.ts';
import { assertSomeRan, type Selection } from './selection.ts';
import { type Tally, addTallies, emptyTally } from './tally.ts';

/** Runs the chosen tests once. */
export async function runTests(selection: Selection, env: NodeJS.ProcessEnv): Promise<Tally> {
  const { only, files, filter } = selection;
  const folder = await mkdtemp(join(tmpdir(), 'weir-tests-'));
  const tallyFile = join(folder, 'tally.json');
  const passed = await runProgram(
    'vitest',
    [
      'run',
      ...['--reporter', 'default', '--reporter', join(import.meta.dirname, 'tally-reporter.ts')],
      ...only.flatMap(vitestProjectsOf).flatMap((project) => ['--project', project]),
      ...(filter === undefined ? [] : ['--testNamePattern', filter]),
      ...files,
    ],
    { ...env, WEIR_TALLY_FILE: tallyFile, ...(filter !== undefined && { WEIR_TALLY_FILTER: filter }) },
  );
  const tally = await readTally(tallyFile);
  await rm(folder, { recursive: true });
  if (passed) assertSomeRan(tally.passed + tally.skipped.length, selection);
  const explained = passed || tally.failed > 0;
  return explained ? tally : addTallies(tally, { ...emptyTally, failed: 1 });
}

/** A run that broke off has written none. */
async function readTally(file: string): Promise<Tally> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Tally;
  } catch {
    console.error('The test run broke off before its end.');
    return { ...emptyTally, failed: 1 };
  }
}
