import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Bucket } from '@weir/contracts/bucket';
import type {
  DurableEvent,
  DurableStream,
  Endpoint,
  Event,
  StreamEndpoint,
} from '@weir/contracts/descriptors';
import { services } from '../src/services.ts';

export interface AllContracts {
  readonly endpoints: (Endpoint | StreamEndpoint)[];
  readonly events: (Event | DurableEvent)[];
  readonly buckets: Bucket[];
  readonly streams: DurableStream[];
}

const folder = fileURLToPath(new URL('../../../libs/contracts/src/', import.meta.url));

/** Every contract that a file of the contracts library exports, whoever uses it, and those that are made for one service. */
export async function allContracts(): Promise<AllContracts> {
  const files = globSync('**/*.ts', { cwd: folder, exclude: ['**/*.test.ts'] });
  const modules = await Promise.all(
    files.map((file) => import(folder + file) as Promise<Record<string, unknown>>),
  );
  const exported = modules.flatMap((module) => Object.values(module)).filter(isObject);
  const of = (...kinds: string[]) => exported.filter(({ kind }) => kinds.includes(String(kind)));
  const withFields = (...fields: string[]) =>
    exported.filter((each) => fields.every((field) => field in each));
  return {
    endpoints: bySubject([
      ...(of('endpoint', 'stream') as unknown as AllContracts['endpoints']),
      ...services.flatMap(({ serves }) => serves),
    ]),
    events: of('event', 'durable-event') as unknown as AllContracts['events'],
    buckets: withFields('name', 'value', 'history') as unknown as Bucket[],
    streams: withFields('name', 'subjects') as unknown as DurableStream[],
  };
}

function bySubject<E extends { subject: string }>(endpoints: readonly E[]): E[] {
  return [...new Map(endpoints.map((endpoint) => [endpoint.subject, endpoint])).values()];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
