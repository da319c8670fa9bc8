import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { faultCases, type FaultCase } from '../helpers/fault-cases.ts';
import { runMatrixCase, type Counts, type Policy } from '../helpers/matrix-case.ts';
import {
  dialects,
  startFaultFixture,
  secrets,
  type Dialect,
  type FaultFixture,
} from '../helpers/fault-fixture.ts';

// Retries pause for a second or two: cells run side by side.
vi.setConfig({ maxConcurrency: 24 });

let fixture: FaultFixture;
beforeAll(async () => {
  fixture = await startFaultFixture();
});
afterAll(() => fixture.close());

interface PolicyCase extends Policy {
  /** How many clients get the good answer, and how often which provider is asked for it. */
  readonly expected: (faultCase: FaultCase) => Counts;
}

const policies: readonly PolicyCase[] = [
  {
    name: 'retries alone',
    configOf: (faulty) => ({ ...faulty, retry: { attempts: 2 } }),
    requests: 1,
    expected: ({ isRetried }) => ({ answered: 0, faulty: isRetried ? 3 : 1, good: 0 }),
  },
  {
    name: 'a fallback',
    configOf: (faulty, good) => ({ strategy: { mode: 'fallback' }, targets: [faulty, good] }),
    requests: 1,
    expected: ({ movesOn }) =>
      movesOn ? { answered: 1, faulty: 1, good: 1 } : { answered: 0, faulty: 1, good: 0 },
  },
  {
    name: 'a balance',
    configOf: (faulty, good) => ({ strategy: { mode: 'loadbalance' }, targets: [faulty, good] }),
    // Of two targets of equal weight, each has one of two turns.
    requests: 2,
    expected: ({ movesOn }) =>
      movesOn ? { answered: 2, faulty: 1, good: 2 } : { answered: 1, faulty: 1, good: 1 },
  },
];

const casesOf = (of: Dialect, stream: boolean) =>
  faultCases.filter(({ dialect = of, isStreamed }) => dialect === of && (stream || !isStreamed));

describe.concurrent.each(policies)('under $name', (policy) => {
  describe.each(dialects)('%s', (dialect) => {
    describe.each([false, true])('(stream: %s)', (stream) => {
      test.each(casesOf(dialect, stream))('$name: what clients see, and who is asked', async (faultCase) => {
        const cell = { fixture, faultCase, dialect, stream, policy };
        const { answers, failures, counts } = await runMatrixCase(cell);
        expect(counts).toEqual(policy.expected(faultCase));
        for (const failure of failures) expect(failure).toMatch(faultCase.sees);
        for (const { raw, tookMs } of answers) {
          expect(raw).not.toMatch(/sk-canary|It works|stack|node_modules/);
          expect(tookMs).toBeLessThan(5_000);
        }
      });
    });
  });
});

test('no log holds a key, or what a provider has quoted', () => {
  const { router, ingress } = fixture.gateway;
  const log = [...router.log, ...ingress.log].join('\n');
  expect(log).toContain('a provider failed');
  expect(log).not.toContain(secrets.credential);
  expect(log).not.toContain(secrets.quote);
});
