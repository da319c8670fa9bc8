import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from './run-program.ts';
import { type Tally, addTallies } from './tally.ts';

/** Runs the tests once: all of them, or those of the named vitest projects. */
export async function runTests(projects: readonly string[]): Promise<Tally> {
  const folder = await mkdtemp(join(tmpdir(), 'weir-tests-'));
  const tallyFile = join(folder, 'tally.json');
  const passed = await runProgram(
    'vitest',
    [
      'run',
      ...['--reporter', 'default', '--reporter', join(import.meta.dirname, 'tally-reporter.ts')],
      ...projects.flatMap((project) => ['--project', project]),
    ],
    { WEIR_TALLY_FILE: tallyFile },
  );
  const tally = await readTally(tallyFile);
  await rm(folder, { recursive: true });
  const explained = passed || tally.failed > 0;
  return explained ? tally : addTallies(tally, { passed: 0, failed: 1, skipped: [] });
}

/** A run that broke off has written none. */
async function readTally(file: string): Promise<Tally> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Tally;
  } catch {
    console.error('The test run broke off before its end.');
    return { passed: 0, failed: 1, skipped: [] };
  }
}
