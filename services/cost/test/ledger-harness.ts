import { createHash } from 'node:crypto';
import {
  attemptMade,
  usageAdjusted,
  usageStream,
  type AttemptMade,
  type UsageAdjusted,
} from '@weir/contracts/usage-events';
import { systemClock, type Clock } from '@weir/service-kit/clock';
import { parseConfig } from '@weir/service-kit/config';
import { openDatabase } from '@weir/service-kit/database/database';
import { databaseConfigSchema } from '@weir/service-kit/database/database-config';
import { createLogger, type Logger } from '@weir/service-kit/logger';
import { createMetrics, type Metrics } from '@weir/service-kit/metrics';
import { createTestDatabase, type TestDatabase } from '@weir/testkit/servers/test-database';
import { connectTestBus } from '@weir/testkit/test-bus';
import { usageRecord } from '@weir/testkit/usage-record';
import { v7 as uuidv7 } from 'uuid';
import { startLedger, type LedgerParts } from '../src/ledger/start-ledger.ts';

export const silent = createLogger({ service: 'cost', instance: 'test', level: 'silent' });

export const migrations = new URL('../migrations/', import.meta.url);

interface TablesOptions {
  readonly database?: TestDatabase;
  readonly metrics?: Metrics;
  readonly settings?: Record<string, string>;
}

/** The ledger's tables in a database of their own. */
export async function openTables({ database, metrics, settings = {} }: TablesOptions = {}) {
  const test = database ?? (await createTestDatabase());
  const [parsed] = parseConfig([databaseConfigSchema], { DATABASE_URL: test.url, ...settings });
  const tables = await openDatabase({
    settings: parsed,
    service: 'cost',
    migrations,
    clock: systemClock,
    logger: silent,
    metrics: metrics ?? createMetrics('cost'),
  });
  /** Rows as Postgres gives them. */
  const sql = async (text: string, ...values: unknown[]) => {
    const name = createHash('sha256').update(text).digest('hex').slice(0, 32);
    const { rows } = await tables.query({ name, text }, values);
    return rows as Record<string, unknown>[];
  };
  return {
    url: test.url,
    server: test.server,
    database: tables,
    sql,
    close: async () => {
      await tables.close();
      await test.close();
    },
  };
}

export type Tables = Awaited<ReturnType<typeof openTables>>;

interface StartOptions {
  readonly nats: { readonly url: string };
  readonly tables: Tables;
  readonly clock?: Clock;
  readonly logger?: Logger;
  readonly parts?: Partial<Pick<LedgerParts, 'timeZones' | 'retentionMonths'>>;
  readonly maxBytes?: number;
  /** Puts something between the ledger and its bus. */
  readonly wrap?: (bus: LedgerParts['bus']) => LedgerParts['bus'];
}

/** A replica of the service, as far as the ledger goes. */
export async function startReplica({
  nats,
  tables,
  clock = systemClock,
  logger = silent,
  maxBytes = 64 * 1024 * 1024,
  parts = {},
  wrap = (bus) => bus,
}: StartOptions) {
  const metrics = createMetrics('cost');
  const bus = await connectTestBus({ url: nats.url, service: 'cost', metrics, drainTimeoutMs: 2_000 });
  await bus.ensureStream({ ...usageStream, maxBytes });
  const ledger = await startLedger({
    ...{ clock, logger, metrics, database: tables.database },
    bus: wrap(bus),
    timeZones: { entries: () => [] },
    retentionMonths: undefined,
    ...parts,
  });
  return {
    bus,
    ledger,
    metrics,
    stop: async () => {
      await ledger.stop();
      await bus.drain();
    },
  };
}

/** An attempt of a request of its own that has cost 1,500 nano-USD. */
export function attempt({
  usage,
  ...given
}: Partial<Omit<AttemptMade, 'usage'>> & { usage?: Partial<AttemptMade['usage']> } = {}): AttemptMade {
  return {
    requestId: uuidv7(),
    attempt: 1,
    tenant: 'acme',
    keyId: 'abcd1234',
    startedAtMs: Date.now(),
    latencyMs: 12.5,
    provider: 'openai',
    model: 'gpt-5-mini',
    modelAsked: 'gpt-5-mini',
    purpose: 'first',
    outcome: 'ok',
    maybeBilled: true,
    streamed: false,
    usage: usageRecord({ uncachedInputTokens: 10, outputTokens: 20, ...usage }),
    cost: { nanoUsd: 1_500, priceId: 'openai/gpt-5-mini@1' },
    ...given,
  };
}

/** What became of an attempt of which nobody told. */
export function adjustment(of: AttemptMade, kind: UsageAdjusted['kind'], nanoUsd = 9_000): UsageAdjusted {
  const sign = kind === 'expired' ? 1 : -1;
  return usageAdjusted.data.parse({ ...of, kind, nanoUsd: sign * nanoUsd, tokens: sign * 100 });
}

interface Publisher {
  publishDurable(event: typeof attemptMade, data: AttemptMade, id: string): void;
}

export function publishAttempts(bus: Publisher, attempts: readonly AttemptMade[]): void {
  for (const data of attempts) bus.publishDurable(attemptMade, data, `${data.requestId}:${data.attempt}`);
}
