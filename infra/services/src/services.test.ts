import { readdirSync } from 'node:fs';
import { endpoint } from '@weir/contracts/descriptors';
import { serviceManifest } from '@weir/contracts/service-manifest';
import { expect, test } from 'vitest';
import { z } from 'zod';
import * as manifests from './manifests.ts';
import { inStartOrder, services } from './services.ts';

const ask = (name: `${string}.${string}`) =>
  endpoint(name, { request: z.object({}), reply: z.object({}), timeoutMs: 1 });
const asking = (name: string, ...asked: string[]) =>
  serviceManifest({ name, description: '', requests: asked.map((other) => ask(`${other}.tell`)) });
const namesOf = (all: readonly { name: string }[]) => all.map(({ name }) => name);

test('every folder in services/ has its line in the list', () => {
  const folders = readdirSync(new URL('../../../services', import.meta.url));
  expect(namesOf(services).sort()).toEqual(folders.sort());
  for (const [name, manifest] of Object.entries(manifests)) expect(manifest.name).toBe(name);
});

test('a service starts after all that it asks', () => {
  const order = inStartOrder([asking('a', 'b', 'c'), asking('b', 'd'), asking('c', 'd', 'c'), asking('d')]);
  expect(namesOf(order)).toEqual(['d', 'b', 'c', 'a']);
});

test('services that ask each other in a circle are an error that names them', () => {
  expect(() => inStartOrder([asking('a', 'b'), asking('b', 'a')])).toThrow('in a circle: a -> b -> a');
});

test('a service that asks one that is not there is an error', () => {
  expect(() => inStartOrder([asking('a', 'nobody')])).toThrow('a asks nobody, which is no service');
});
