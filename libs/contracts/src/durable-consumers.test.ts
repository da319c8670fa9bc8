import { expect, test } from 'vitest';
import { consumerName, consumerSubjects, deadLetterSubject, replaySubject } from './durable-consumers.ts';
import { attemptMade } from './usage-events.ts';

test('a consumer is named after its service and its event, since an operator looks for it by that name', () => {
  expect(consumerName('cost', attemptMade)).toBe('cost-usage-attempted');
});

test('a service that consumes may do that, keep what fails, and take replays, and nothing that is of others', () => {
  const subjects = consumerSubjects('cost', attemptMade);
  expect(subjects).toContain(
    '$JS.API.CONSUMER.CREATE.WEIR_USAGE.cost-usage-attempted.weir.v1.usage.attempted',
  );
  expect(subjects).toContain('weir.v1.dead-letters.cost.usage.attempted');
  for (const subject of subjects) {
    expect(subject).not.toMatch(/DELETE|PURGE|UPDATE|MSG\.GET|\*/);
    expect(subject).toMatch(/cost|STREAM\.(CREATE|INFO)\.WEIR_DEAD_LETTERS/);
  }
});

test('the subjects of dead letters and replays have not changed', () => {
  const owner = { service: 'cost', event: 'usage.attempted' };
  expect(deadLetterSubject(owner)).toBe('weir.v1.dead-letters.cost.usage.attempted');
  expect(deadLetterSubject({ service: 'cost' })).toBe('weir.v1.dead-letters.cost.>');
  expect(deadLetterSubject()).toBe('weir.v1.dead-letters.*.>');
  expect(replaySubject(owner)).toBe('weir.v1.replays.cost.usage.attempted');
});
