import { expect, test } from 'vitest';
import { z } from 'zod';
import { durableEvent, endpoint } from './descriptors.ts';
import { consumedAs } from './durable-consumers.ts';
import { serviceManifest } from './service-manifest.ts';

const described = { name: 'clock', description: 'tells the time' };

test('what a manifest does not say is empty', () => {
  expect(serviceManifest(described)).toMatchObject({ ...described, serves: [], buckets: [], settings: [] });
});

test('a service cannot serve what is named after another', () => {
  const tell = endpoint('watch.tell', { request: z.object({}), reply: z.object({}), timeoutMs: 1 });
  expect(() => serviceManifest({ ...described, serves: [tell] })).toThrow(
    "clock cannot serve watch.tell, which is another service's",
  );
});

test('two consumers of a service cannot have one name', () => {
  const stream = { name: 'CLOCK', subjects: ['weir.v1.clock.>'] };
  const wound = durableEvent('clock.wound', { stream, data: z.object({}) });
  const consumes = [wound, consumedAs(wound, 'ledger')];
  expect(serviceManifest({ ...described, consumes }).consumes).toEqual(consumes);
  const twice = [...consumes, consumedAs(wound, 'ledger')];
  expect(() => serviceManifest({ ...described, consumes: twice })).toThrow(
    'clock would have two consumers named clock-ledger-clock-wound',
  );
});

test('a name that cannot stand in subjects, variables and folders alike is refused', () => {
  expect(() => serviceManifest({ ...described, name: 'my-clock' })).toThrow(
    '"my-clock" is no name of a service',
  );
});
