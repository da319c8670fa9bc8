import type { Endpoint, ReplyOf } from '@weir/contracts/descriptors';
import type { Actor, Envelope } from '@weir/contracts/envelope';
import type { Bus } from '@weir/service-kit/bus/bus';
import { systemClock, type Clock } from '@weir/service-kit/clock';
import { parseConfig } from '@weir/service-kit/config';
import { createSealingPair, type SealingPair } from '@weir/service-kit/crypto/sealed-box';
import { createLogger, type Logger } from '@weir/service-kit/logger';
import { createMetrics, type Metrics } from '@weir/service-kit/metrics';
import { testEnvelope } from '@weir/testkit/envelope';
import { testMasterKey } from '@weir/testkit/gateway';
import { startNats } from '@weir/testkit/servers/nats';
import { startPostgres } from '@weir/testkit/servers/postgres';
import {
  connectTestBus,
  createTestProblems,
  createTestShortages,
  testReadiness,
} from '@weir/testkit/test-bus';
import { KnownSecrets } from '@weir/service-kit/secrets/known-secrets';
import { Client } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import type { z } from 'zod';
import { keys } from '../src/service.ts';
import { cutStores, type StoreCut } from './cut-stores.ts';

export interface KeysOptions {
  readonly nats: { readonly url: string };
  /** Of an empty database, or of one that another has used before. */
  readonly databaseUrl: string;
  readonly settings?: Record<string, string>;
  readonly clock?: Clock;
  /** For those who look into what it logs and counts. */
  readonly logger?: Logger;
  readonly metrics?: Metrics;
  /** Lets writes to buckets fail, as JetStream does when it is away. */
  readonly cut?: StoreCut;
}

/** A keys service in this process, on real servers, and how an admin asks it. */
export async function startKeys({
  clock = systemClock,
  cut,
  databaseUrl,
  logger = createLogger({ service: 'keys', instance: 'test', level: 'silent' }),
  metrics = createMetrics('keys'),
  nats,
  settings = {},
}: KeysOptions) {
  const bus = await connectTestBus({ url: nats.url, service: 'keys', metrics });
  const environment = { DATABASE_URL: databaseUrl, WEIR_MASTER_KEYS: testMasterKey, ...settings };
  const stop = async () => {
    await running?.stop?.();
    await bus.drain();
    await running?.close?.();
  };
  let running: Awaited<ReturnType<typeof keys.start>> | undefined;
  try {
    const [config] = parseConfig([keys.config], environment);
    const given = cut ? cutStores(bus, cut) : bus;
    const secrets = new KnownSecrets();
    running = await keys.start({
      bus: given,
      clock,
      config,
      instance: 'test',
      logger,
      metrics,
      problems: createTestProblems(),
      shortages: createTestShortages(),
      readiness: testReadiness,
      secrets,
    });
    // Whatever the answer is: with it the subscriptions, which were sent before, have arrived at the server.
    await bus.isServed('keys', 2_000);
    return { bus, running, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Real servers for a test file. */
export async function startServers() {
  const [nats, postgres] = await Promise.all([startNats({ config: 'open' }), startPostgres()]);
  return {
    nats,
    postgres,
    close: async () => {
      await Promise.all([nats.close(), postgres.close()]);
    },
  };
}

/** A connection to the service's own tables. */
export async function connectDatabase(connectionString: string): Promise<Client> {
  const client = new Client({ connectionString, options: '-c search_path=keys' });
  await client.connect();
  return client;
}

export const admin = { id: 'environment', address: '192.0.2.1' };

/** What an ingress is to the keys service: it asks, and opens what is sealed to it. */
export class TestAdmin {
  readonly #bus: Pick<Bus, 'request'>;
  readonly #pair: SealingPair = createSealingPair();

  constructor(bus: Pick<Bus, 'request'>) {
    this.#bus = bus;
  }

  envelope(actor: Partial<Actor> = {}): Envelope {
    const { publicKey: sealingKey } = this.#pair;
    return { ...testEnvelope(), requestId: uuidv7(), actor: { ...admin, ...actor, sealingKey } };
  }

  ask<E extends Endpoint>(
    endpoint: E,
    data: z.input<E['request']>,
    actor: Partial<Actor> = {},
  ): Promise<ReplyOf<E>> {
    return this.#bus.request(
      endpoint,
      endpoint.request.parse(data) as z.output<E['request']>,
      this.envelope(actor),
    );
  }

  /** A secret of a reply. */
  open(sealed: string): string {
    return this.#pair.open(sealed);
  }
}
