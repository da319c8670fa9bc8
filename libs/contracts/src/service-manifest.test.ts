import { expect, test } from 'vitest';
import { z } from 'zod';
import { endpoint } from './descriptors.ts';
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

test('a name that cannot stand in subjects, variables and folders alike is refused', () => {
  expect(() => serviceManifest({ ...described, name: 'my-clock' })).toThrow(
    '"my-clock" is no name of a service',
  );
});
