import { z } from 'zod';
import type { Clock } from '../clock.ts';
import type { Instance } from './bus.ts';
import { isNoResponders, parseJson } from './headers.ts';
import type { Inbox } from './inbox.ts';
import type { Outbox } from './outbox.ts';
import type { EndpointStats, ServedStats } from './served-stats.ts';
import type { Subscriber } from './subscriber.ts';

export interface ServiceIdentity {
  /** `router`. */
  name: string;
  /** This process among the service's instances. */
  id: string;
  /** Semantic version. */
  version: string;
  description: string;
}

interface DiscoveryParts {
  identity: ServiceIdentity;
  subscriber: Subscriber;
  outbox: Outbox;
  stats: ServedStats;
  clock: Clock;
}

interface PingParts {
  inbox: Inbox;
  outbox: Outbox;
  clock: Clock;
}

/**
 * NATS's service protocol (ADR-32), so that `nats micro ls`, `info` and `stats` see every service. Written here
 * because the client's own package for it does not await handlers; its wire form is the same.
 */
export function answerDiscovery({ identity, subscriber, outbox, stats, clock }: DiscoveryParts): void {
  const { name, id, version, description } = identity;
  const self = { name, id, version, metadata: {} };
  const startedAt = new Date(clock.nowMs()).toISOString();

  const answers = {
    PING: () => ({ type: 'io.nats.micro.v1.ping_response', ...self }),
    INFO: () => ({
      type: 'io.nats.micro.v1.info_response',
      ...self,
      description,
      endpoints: [...stats.endpoints.values()].map((endpoint) => ({
        name: verbOf(endpoint),
        subject: endpoint.subject,
        queue_group: name,
        metadata: {},
      })),
    }),
    STATS: () => ({
      type: 'io.nats.micro.v1.stats_response',
      ...self,
      started: startedAt,
      endpoints: [...stats.endpoints.values()].map((endpoint) => ({
        name: verbOf(endpoint),
        subject: endpoint.subject,
        queue_group: name,
        num_requests: endpoint.requests,
        num_errors: endpoint.errors,
        last_error: endpoint.lastError,
        processing_time: endpoint.processingTimeNs,
        average_processing_time:
          endpoint.requests === 0 ? 0 : Math.round(endpoint.processingTimeNs / endpoint.requests),
      })),
    }),
  };

  for (const [verb, answer] of Object.entries(answers)) {
    for (const suffix of ['', `.${name}`, `.${name}.${id}`]) {
      subscriber.subscribe(`$SRV.${verb}${suffix}`, ({ reply }) => {
        if (reply) outbox.trySend({ subject: reply, data: JSON.stringify(answer()) });
      });
    }
  }
}

/** The protocol allows no dots in the names of endpoints, and the service's own name stands beside them. */
function verbOf({ name }: EndpointStats): string {
  return name.slice(name.indexOf('.') + 1);
}

/** An answer to a ping, as far as it is of interest here. */
const pingSchema = z.object({ id: z.string(), version: z.string() });

/** Whether any instance of the service answers within `waitMs`. */
export function findService(service: string, waitMs: number, parts: PingParts): Promise<boolean> {
  return new Promise((resolve) => {
    const stop = ping(service, waitMs, parts, {
      onInstance: () => {
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
    const instances: Instance[] = [];
    ping(service, waitMs, parts, {
      onInstance: (instance) => {
        instances.push(instance);
      },
      onOver: () => {
        resolve(instances);
      },
    });
  });
}

/** Calls `onOver` once: when the time is over, or as soon as nobody can answer any more. Returns what ends it before. */
function ping(
  service: string,
  waitMs: number,
  { inbox, outbox, clock }: PingParts,
  { onInstance, onOver }: { onInstance: (instance: Instance) => void; onOver: () => void },
): () => void {
  const stop = () => {
    inbox.close(reply);
  };
  const end = () => {
    stop();
    onOver();
  };
  const reply = inbox.open({
    dueAtMs: clock.nowMs() + waitMs,
    onMessage: (message) => {
      if (isNoResponders(message)) end();
      else {
        const { data } = pingSchema.safeParse(parseJson(message.string()));
        if (data) onInstance(data);
      }
    },
    onDue: end,
    onLost: end,
  });
  outbox.trySend({ subject: `$SRV.PING.${service}`, data: '', reply });
  return stop;
}
