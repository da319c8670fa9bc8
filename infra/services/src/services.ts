import type { ServiceManifest } from '@weir/contracts/service-manifest';
import * as manifests from './manifests.ts';

export type ServiceName = keyof typeof manifests;

/** Every service, in the order of start: each comes after those that it asks. They stop in the reverse order. */
export const services: readonly ServiceManifest[] = inStartOrder(Object.values(manifests));

/** The users of NATS that are no services, in their account: see infra/nats/weir.conf. */
export const natsOperators = ['operator', 'observer'] as const;

/** The user of NATS who stands outside, in an account that gets the exported events and nothing else. */
export const natsSubscriber = 'subscriber';

export type NatsUser = ServiceName | (typeof natsOperators)[number] | typeof natsSubscriber;

/** Everybody who has a user and a password at NATS. */
export function natsUsersOf(all: readonly ServiceManifest[]): string[] {
  return [...all.map(({ name }) => name), ...natsOperators, natsSubscriber];
}

/** The services that this one asks, and that have to be there before it can serve. */
export function servicesAskedBy({ name, requests }: ServiceManifest): string[] {
  return [...new Set(requests.map(({ service }) => service))].filter((asked) => asked !== name);
}

/** Throws where services ask each other in a circle: none of them could start first. */
export function inStartOrder(all: readonly ServiceManifest[]): ServiceManifest[] {
  const ordered: ServiceManifest[] = [];
  const add = (manifest: ServiceManifest, requesters: readonly string[]) => {
    if (ordered.includes(manifest)) return;
    const path = [...requesters, manifest.name];
    if (requesters.includes(manifest.name))
      throw new Error(`services ask each other in a circle: ${path.join(' -> ')}`);
    for (const asked of servicesAskedBy(manifest)) {
      const other = all.find(({ name }) => name === asked);
      if (!other) throw new Error(`${manifest.name} asks ${asked}, which is no service`);
      add(other, path);
    }
    ordered.push(manifest);
  };
  for (const manifest of all) add(manifest, []);
  return ordered;
}
