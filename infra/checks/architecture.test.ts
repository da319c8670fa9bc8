import { join } from 'node:path';
import { expect, test } from 'vitest';
import { architectureRules } from './architecture-rules.ts';
import { checkArchitecture } from './architecture.ts';

test('each rule of the architecture fails where it is broken', async () => {
  const { violations } = await checkArchitecture(join(import.meta.dirname, 'fixtures/architecture'));
  const brokenRules = new Set(violations.map((violation) => violation.split(':')[0]));
  expect(brokenRules).toEqual(new Set(architectureRules.map(({ name }) => name)));
});

test('a cycle of type imports alone is a cycle', async () => {
  const { violations } = await checkArchitecture(join(import.meta.dirname, 'fixtures/architecture'));
  expect(violations.find((violation) => violation.startsWith('no-cycles'))).toContain('cycle-b.ts');
});

test('a domain that knows its store is not pure, and neither is one that knows the bus', async () => {
  const { violations } = await checkArchitecture(join(import.meta.dirname, 'fixtures/architecture'));
  const impure = violations.filter((violation) => violation.startsWith('domain-is-pure')).join('\n');
  expect(impure).toContain('domain/knows-its-store.ts');
  expect(impure).toContain('domain/knows-the-bus.ts');
});
