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
