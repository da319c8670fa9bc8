import type { Bucket } from './bucket.ts';
import type { DurableEvent, DurableStream, Endpoint, Event, StreamEndpoint } from './descriptors.ts';
import { consumerName, type ConsumedEvent } from './durable-consumers.ts';
import type { Setting } from './settings.ts';

/** A server beside NATS that a service uses. `vectors` is a Postgres with pgvector, or Qdrant in its place. */
export type DataServer = 'postgres' | 'redis' | 'vectors';

/**
 * What a service is, serves and needs, as data. Each has one, in `services/<name>/src/manifest.ts`. The kit holds the
 * running service to it; its NATS permissions, its process under `npm start`, its container, what it sees of the environment
 * and its row in docs/services.md are made from it.
 */
export interface ServiceManifest {
  /** `router`: its folder, its NATS user, its place in subjects, its name in logs and `nats micro`. */
  readonly name: string;
  readonly description: string;
  /** The endpoints that it answers; all are named `<name>.<verb>`. */
  readonly serves: readonly (Endpoint | StreamEndpoint)[];
  /** The endpoints of others that it asks. It starts after those that serve them, and stops before them. */
  readonly requests: readonly (Endpoint | StreamEndpoint)[];
  readonly emits: readonly (Event | DurableEvent)[];
  readonly subscribes: readonly Event[];
  /** Where it consumes an event by several consumers: `[attemptMade, consumedAs(attemptMade, 'ledger')]`. */
  readonly consumes: readonly ConsumedEvent[];
  /** The buckets that it follows and writes to. */
  readonly buckets: readonly Bucket[];
  /** The buckets that it follows and never writes to. */
  readonly follows: readonly Bucket[];
  /** The JetStream streams that it makes where they are not there. */
  readonly streams: readonly DurableStream[];
  readonly servers: readonly DataServer[];
  /** The environment variables that it reads besides those of every service: see `settingsOf`. */
  readonly settings: readonly Setting[];
}

type Named = Pick<ServiceManifest, 'name' | 'description'>;

/** A manifest in which what is not said is empty. Throws where it contradicts itself. */
export function serviceManifest(given: Named & Partial<ServiceManifest>): ServiceManifest {
  const manifest = {
    serves: [],
    requests: [],
    emits: [],
    subscribes: [],
    consumes: [],
    buckets: [],
    follows: [],
    streams: [],
    servers: [],
    settings: [],
    ...given,
  };
  if (!/^[a-z][a-z0-9]*$/.test(manifest.name)) {
    throw new Error(`"${manifest.name}" is no name of a service: it must be lower case letters and digits`);
  }
  const consumers = manifest.consumes.map((event) => consumerName(manifest.name, event));
  const twice = consumers.find((name, i) => consumers.indexOf(name) < i);
  if (twice !== undefined) throw new Error(`${manifest.name} would have two consumers named ${twice}`);
  const foreign = manifest.serves.find(({ service }) => service !== manifest.name);
  if (foreign) throw new Error(`${manifest.name} cannot serve ${foreign.name}, which is another service's`);
  return manifest;
}
