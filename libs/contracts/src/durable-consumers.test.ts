import { expect, test } from 'vitest';
import {
  consumedAs,
  consumedName,
  consumerName,
  consumerSubjects,
  deadLetterSubject,
  letterOwner,
  replaySubject,
} from './durable-consumers.ts';
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
    expect(subject).toMatch(/cost|STREAM\.(CREATE|INFO)\.WEIR_DEAD_LETTERS|STREAM\.INFO\.WEIR_USAGE/);
  }
});

test('one of several consumers of an event has its own name, dead letters and replays', () => {
  const ledger = consumedAs(attemptMade, 'ledger');
  expect(consumedName(ledger)).toBe('usage.attempted as ledger');
  expect(consumerName('cost', ledger)).toBe('cost-ledger-usage-attempted');
  expect(letterOwner('cost', ledger)).toBe('cost-ledger');
  const shared = /STREAM\.(CREATE|INFO)/;
  const [subjects, others] = [ledger, attemptMade].map((event) =>
    consumerSubjects('cost', event).filter((subject) => !shared.test(subject)),
  );
  expect(subjects).toContain('weir.v1.dead-letters.cost-ledger.usage.attempted');
  for (const subject of subjects ?? []) {
    expect(subject).toContain('cost-ledger');
    expect(others).not.toContain(subject);
  }
});

test.each(['', 'Ledger', 'a-b', 'a.b', '*', '2nd'])('a consumer cannot be named "%s"', (as) => {
  expect(() => consumedAs(attemptMade, as)).toThrow('lower case letters and digits');
});

test('the subjects of dead letters and replays have not changed', () => {
  const owner = { service: 'cost', event: 'usage.attempted' };
  expect(deadLetterSubject(owner)).toBe('weir.v1.dead-letters.cost.usage.attempted');
  expect(deadLetterSubject({ service: 'cost' })).toBe('weir.v1.dead-letters.cost.>');
  expect(deadLetterSubject()).toBe('weir.v1.dead-letters.*.>');
  expect(replaySubject(owner)).toBe('weir.v1.replays.cost.usage.attempted');
});
