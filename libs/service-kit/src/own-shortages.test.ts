import { FakeClock } from '@weir/testkit/fake-clock';
import { expect, test } from 'vitest';
import { createLogger } from './logger.ts';
import { createMetrics } from './metrics.ts';
import { OwnShortages } from './own-shortages.ts';
import { Problems } from './problems.ts';

const failed = (code: string) => Object.assign(new Error(code), { code, syscall: 'connect' });

function stand() {
  const clock = new FakeClock();
  const metrics = createMetrics('test');
  const logger = createLogger({ service: 'test', instance: 'test', level: 'silent' });
  const problems = new Problems({ logger, metrics });
  return { clock, metrics, problems, shortages: new OwnShortages({ problems, metrics, clock }) };
}

test('a shortage is a problem that names the setting, from its first error to five seconds after its last', async () => {
  const { clock, metrics, problems, shortages } = stand();
  expect(shortages.note(failed('EMFILE'))).toBe('EMFILE');
  clock.advance(4_000);
  shortages.note(failed('EMFILE'));
  clock.advance(4_000);
  const [problem] = problems.list();
  expect(problem).toMatchObject({ code: 'resource_exhausted' });
  expect(problem?.message).toContain('ulimit -n');
  expect(problems.missing).toEqual([]);
  expect(await metrics.expose()).toContain('weir_own_shortages_total{code="EMFILE",service="test"} 2');
  clock.advance(1_000);
  expect(problems.list()).toEqual([]);
  expect([shortages.wereWithin(5_000), shortages.wereWithin(4_999)]).toEqual([true, false]);
});

test('errors that say nothing of this process are not taken note of', () => {
  const { problems, shortages } = stand();
  expect(shortages.note(failed('ECONNREFUSED'))).toBeUndefined();
  expect(problems.list()).toEqual([]);
  expect(shortages.wereWithin(60_000)).toBe(false);
});

test("DNS that finds other names is not lacking: one name's servers are", () => {
  const { clock, problems, shortages } = stand();
  shortages.works('EAI_AGAIN');
  expect(shortages.note(failed('EAI_AGAIN'))).toBe('EAI_AGAIN');
  expect(problems.list()).toEqual([]);
  expect(shortages.wereWithin(60_000)).toBe(false);
  clock.advance(10_000);
  shortages.note(failed('EAI_AGAIN'));
  expect(problems.list()).toHaveLength(1);
  shortages.works('EAI_AGAIN');
  expect(problems.list()).toEqual([]);
});
