import { takesRequests } from '@weir/contracts/problems';
import { z } from 'zod';
import type { Clock } from '../../clock.ts';
import type { Instance } from '../bus.ts';
import type { ClockSkews } from './clock-skews.ts';
import { isNoResponders, readJson } from '../connection/message-headers.ts';
import type { ReplyInbox } from '../connection/reply-inbox.ts';
import type { BatchingPublisher } from '../connection/batching-publisher.ts';
import { serviceMetadataSchema } from './service-metadata.ts';

interface PingParts {
  inbox: ReplyInbox;
  publisher: BatchingPublisher;
  /** Are told of the time that each answer has. */
  skews: Pick<ClockSkews, 'heard'>;
  clock: Clock;
}

/** One of them may answer as often as it likes. */
const maxInstances = 1_000;

/** An answer to a ping, as far as it is of interest here. */
const pingSchema = z
  .object({
    id: z.string(),
    version: z.string(),
    metadata: serviceMetadataSchema.catch({
      state: 'ready',
      problems: [],
      buckets: {},
      unreadable: {},
      control: undefined,
      timeMs: undefined,
    }),
  })
  .transform(({ id, version, metadata }) => ({ id, version, ...metadata }));

/** Whether any instance of the service answers within `waitMs` that it is ready. */
export function findService(service: string, waitMs: number, parts: PingParts): Promise<boolean> {
  return new Promise((resolve) => {
    const stop = pingInstances(service, waitMs, parts, {
      onInstance: ({ state }) => {
        if (!takesRequests(state)) return;
        stop();
        resolve(true);
      },
      onOver: () => {
        resolve(false);
      },
    });
  });
}

/** Every instance of the service that answers within `waitMs`. */
export function findInstances(service: string, waitMs: number, parts: PingParts): Promise<Instance[]> {
  return new Promise((resolve) => {
    // By their ids: one that moves to another server answers twice for a moment.
    const instances = new Map<string, Instance>();
    pingInstances(service, waitMs, parts, {
      onInstance: ({ id, version, state, problems, buckets, unreadable, clockSkewMs }) => {
        if (instances.size < maxInstances)
          instances.set(id, { id, version, state, problems, buckets, unreadable, clockSkewMs });
      },
      onOver: () => {
        resolve([...instances.values()]);
      },
    });
  });
}

interface PingSink {
  onInstance: (instance: Instance & Pick<z.infer<typeof pingSchema>, 'control'>) => void;
  onOver: () => void;
}

/** Calls `onOver` once: when the time is over, or as soon as nobody can answer any more. Returns what ends it before. */
export function pingInstances(
  service: string,
  waitMs: number,
  { inbox, publisher, skews, clock }: PingParts,
  { onInstance, onOver }: PingSink,
): () => void {
  const stop = () => {
    inbox.close(reply);
  };
  const end = () => {
    stop();
    onOver();
  };
  const subject = `$SRV.PING.${service}`;
  const sentAtMs = clock.nowMs();
  const reply = inbox.open({
    subject,
    expiresAtMs: sentAtMs + waitMs,
    onMessage: (message) => {
      if (isNoResponders(message)) end();
      else {
        const { data } = pingSchema.safeParse(readJson(message));
        if (!data) return;
        const { timeMs, ...instance } = data;
        const heard = { service, id: instance.id, sentAtMs, receivedAtMs: clock.nowMs() };
        const clockSkewMs = timeMs === undefined ? undefined : skews.heard({ ...heard, timeMs });
        onInstance({ ...instance, clockSkewMs });
      }
    },
    onExpired: end,
    onLost: end,
  });
  publisher.trySend({ subject, data: '', reply });
  return stop;
}
