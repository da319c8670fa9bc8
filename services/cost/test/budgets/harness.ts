import type { budgetSchema } from '@weir/contracts/admin/budgets';
import { auditStream } from '@weir/contracts/audit-events';
import type { Endpoint, ReplyOf } from '@weir/contracts/descriptors';
import type { Actor, Envelope } from '@weir/contracts/envelope';
import { tenants, virtualKeys } from '@weir/contracts/keys/verification';
import { sealingKeyOf } from '@weir/contracts/sealing-key';
import type { Bus } from '@weir/service-kit/bus/bus';
import { type Clock, systemClock } from '@weir/service-kit/clock';
import { parseConfig } from '@weir/service-kit/config';
import { createSealingPair, seal } from '@weir/service-kit/crypto/sealed-box';
import { createLogger } from '@weir/service-kit/logger';
import { createMetrics } from '@weir/service-kit/metrics';
import { testEnvelope } from '@weir/testkit/envelope';
import { testMasterKey } from '@weir/testkit/gateway';
import { startNats } from '@weir/testkit/servers/nats';
import { startPostgres } from '@weir/testkit/servers/postgres';
import { startRedis } from '@weir/testkit/servers/redis';
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
import { cost } from '../../src/service.ts';

export type Servers = Awaited<ReturnType<typeof startServers>>;

/** Real servers for a test file. */
export async function startServers() {
  const [nats, postgres, redis] = await Promise.all([
    startNats({ config: 'open' }),
    startPostgres(),
    startRedis(),
  ]);
  return {
    nats,
    postgres,
    redis,
    close: async () => {
      await Promise.all([nats.close(), postgres.close(), redis.close()]);
    },
  };
}

/** A cost service in this process. */
export async function startCost(
  { nats, postgres, redis }: Servers,
  {
    clock = systemClock,
    settings = {},
    wrapBus = (bus) => bus,
  }: { clock?: Clock; settings?: Record<string, string>; wrapBus?: (bus: Bus) => Bus } = {},
) {
  const metrics = createMetrics('cost');
  const bus = await connectTestBus({ url: nats.url, service: 'cost', metrics });
  const environment = {
    DATABASE_URL: postgres.url,
    REDIS_URL: redis.url,
    WEIR_MASTER_KEYS: testMasterKey,
    ...settings,
  };
  const logger = createLogger({ service: 'cost', instance: 'test', level: 'silent' });
  let running: Awaited<ReturnType<typeof cost.start>> | undefined;
  const stop = async () => {
    await running?.stop?.();
    await bus.drain();
    await running?.close?.();
  };
  try {
    const [config] = parseConfig([cost.config], environment);
    running = await cost.start({
      bus: wrapBus(bus),
      clock,
      config,
      instance: 'test',
      logger,
      metrics,
      secrets: new KnownSecrets(),
      problems: createTestProblems(),
      shortages: createTestShortages(),
      readiness: testReadiness,
    });
    await bus.isServed('cost', 2_000);
    return { bus, running, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A connection to the service's own tables. */
export async function connectDatabase(connectionString: string): Promise<Client> {
  const client = new Client({ connectionString, options: '-c search_path=cost' });
  await client.connect();
  return client;
}

/** What the keys service would have made and published: the audit log's stream; two organisations, each with a team, a user and a key. */
export async function publishTenants(bus: Pick<Bus, 'store' | 'ensureStream'>): Promise<void> {
  await bus.ensureStream({ ...auditStream, maxBytes: 1_048_576 });
  const [tenantStore, keyStore] = [await bus.store(tenants), await bus.store(virtualKeys)];
  for (const organisation of ['default', 'acme']) {
    await tenantStore.put(`organisation.${organisation}`, { suspended: false });
    await tenantStore.put(`team.${organisation}-team`, { suspended: false, organisation });
    await tenantStore.put(`user.${organisation}-user`, { suspended: false, organisation });
    const id = `${organisation}0000000`.slice(0, 8);
    await keyStore.put(id, {
      organisation,
      caller: { keyId: id },
      secrets: [],
      verificationKeyId: 'v',
      access: { inlineConfigs: false },
    });
  }
}

export type Budget = z.output<typeof budgetSchema>;

/** What an ingress is to the cost service: it asks, and seals what is secret. */
export class TestAdmin {
  readonly #bus: Pick<Bus, 'request'>;
  readonly #pair = createSealingPair();

  constructor(bus: Pick<Bus, 'request'>) {
    this.#bus = bus;
  }

  ask<E extends Endpoint>(
    endpoint: E,
    data: z.input<E['request']>,
    actor: Partial<Actor> = {},
  ): Promise<ReplyOf<E>> {
    const parsed = endpoint.request.parse(data) as z.output<E['request']>;
    return this.#bus.request(endpoint, parsed, this.#envelope(actor));
  }

  async seal(value: unknown): Promise<string> {
    const { publicKey } = await this.#bus.request(sealingKeyOf('cost'), {}, this.#envelope({}));
    return seal(JSON.stringify(value), publicKey);
  }

  #envelope(actor: Partial<Actor>): Envelope {
    return {
      ...testEnvelope(),
      requestId: uuidv7(),
      actor: { id: 'environment', address: '192.0.2.1', sealingKey: this.#pair.publicKey, ...actor },
    };
  }
}
