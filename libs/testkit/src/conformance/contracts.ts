import { durableEvent, endpoint, event, streamEndpoint } from '@weir/contracts/descriptors';
import { usageStream } from '@weir/contracts/usage-events';
import { z } from 'zod';

/** The contracts that the bus is tried with. They belong to the service `router`, so that its permissions apply. */
export const double = endpoint('router.double', {
  request: z.object({ value: z.number() }),
  reply: z.object({ value: z.number() }),
  timeoutMs: 2_000,
  isIdempotent: true,
});

export const count = streamEndpoint('router.count', {
  request: z.looseObject({ to: z.int().nonnegative() }),
  head: z.object({ from: z.number() }),
  trailer: z.object({ counted: z.number() }),
  acceptTimeoutMs: 500,
  idleTimeoutMs: 1_000,
  timeoutMs: 20_000,
});

export const counted = event('router.counted', { data: z.object({ to: z.number() }) });

/** On the usage stream, for the same reason. */
export const used = durableEvent('usage.tried', {
  stream: usageStream,
  data: z.object({ units: z.number() }),
});
