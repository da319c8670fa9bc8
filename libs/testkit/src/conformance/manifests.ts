import { consumedAs } from '@weir/contracts/durable-consumers';
import { endpoint } from '@weir/contracts/descriptors';
import { serviceManifest } from '@weir/contracts/service-manifest';
import { usageStream } from '@weir/contracts/usage-events';
import { z } from 'zod';
import { keptSizes, passingSizes } from './buckets.ts';
import { count, counted, double, used } from './contracts.ts';

/** For what happens where a service does not run. */
const absent = endpoint('nobody.answer', { request: z.object({}), reply: z.object({}), timeoutMs: 2_000 });

/** Two services that do with the conformance suites' contracts all that a service may do. */
export const conformanceServices = [
  serviceManifest({
    name: 'router',
    description: 'answers, keeps and tells',
    serves: [double, count],
    emits: [counted, used],
    consumes: [used, consumedAs(used, 'ledger')],
    buckets: [keptSizes, passingSizes],
    streams: [usageStream],
  }),
  serviceManifest({
    name: 'ingress',
    description: 'asks and listens',
    requests: [double, count, absent],
    subscribes: [counted],
  }),
];
