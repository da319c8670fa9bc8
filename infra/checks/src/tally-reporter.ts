import { writeFileSync } from 'node:fs';
import type { Reporter, SerializedError, TestModule } from 'vitest/node';
import type { Tally } from './tally.ts';

/**
 * Writes vitest's results to the file that WEIR_TALLY_FILE names. vitest's own JSON lacks the reasons of skipped tests,
 * and does not count what fails outside any test.
 */
export default class TallyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    // Tests that a filter has left out count as skipped for vitest. Nobody needs to read about them.
    const chosen = new RegExp(process.env['WEIR_TALLY_FILTER'] ?? '');
    const tests = modules
      .flatMap((module) => [...module.children.allTests()])
      .filter((test) => chosen.test(test.fullName.replaceAll(' > ', ' ')));
    const inState = (state: string) => tests.filter((test) => test.result().state === state);
    const brokenModules = modules.filter(
      (module) => module.state() === 'failed' && module.errors().length > 0,
    );
    const tally: Tally = {
      passed: inState('passed').length,
      // A test that never got to run, because its file broke off, did not pass.
      failed: [inState('failed'), inState('pending'), brokenModules, unhandledErrors].flat().length,
      failures: [
        ...inState('failed').map(
          (test) => `${place(test.module, test.fullName)}: ${firstLine(test.result().errors)}`,
        ),
        ...inState('pending').map((test) => `${place(test.module, test.fullName)}: it never ran`),
        ...brokenModules.map((module) => `${place(module)}: ${firstLine(module.errors())}`),
        ...unhandledErrors.map(describeUnhandled),
      ],
      skipped: inState('skipped').map((test) => {
        const result = test.result();
        const note = result.state === 'skipped' ? result.note : undefined;
        return { name: test.fullName, reason: note ?? 'no reason given' };
      }),
    };
    for (const test of tests) {
      const { flaky, retryCount } = test.diagnostic() ?? {};
      if (flaky) console.log(`passed at another try (${retryCount}): ${test.fullName}`);
    }
    writeFileSync(process.env['WEIR_TALLY_FILE'] ?? '', JSON.stringify(tally));
  }
}

const place = ({ project, relativeModuleId }: TestModule, test?: string) =>
  [project.name, relativeModuleId, test].filter(Boolean).join(' ');

function firstLine(errors: readonly SerializedError[] | undefined): string {
  const [line = ''] = (errors?.[0]?.message ?? '').split('\n', 1);
  return line;
}

/** Thrown outside of any test: vitest says which one ran when it came up, and its stack says where. */
function describeUnhandled(error: SerializedError): string {
  const frame = error.stacks?.[0];
  const from = frame ? ` (${frame.file}:${frame.line})` : '';
  const during: unknown = error['VITEST_TEST_NAME'];
  return `unhandled error${typeof during === 'string' ? ` while "${during}" ran` : ''}: ${firstLine([error])}${from}`;
}
