import { setImmediate as nextTurn } from 'node:timers/promises';
import { attemptMade, usageStream, type AttemptMade } from '@weir/contracts/usage-events';
import { startLedger } from '@weir/cost/ledger/start-ledger';
import { parseConfig } from '@weir/service-kit/config';
import { systemClock } from '@weir/service-kit/clock';
import { openDatabase } from '@weir/service-kit/database/database';
import { databaseConfigSchema } from '@weir/service-kit/database/database-config';
import { createLogger } from '@weir/service-kit/logger';
import { createMetrics } from '@weir/service-kit/metrics';
import { startNats } from '@weir/testkit/servers/nats';
import { startPostgres } from '@weir/testkit/servers/postgres';
import { connectTestBus } from '@weir/testkit/test-bus';
import { Client } from 'pg';
import type { Measure } from '../report.ts';

/** A lot stays below what the queue of unacknowledged events holds. */
const lots = 12;
const rowsPerLot = 8_000;
const rowCount = lots * rowsPerLot;
/** Published in each turn of the event loop, as by so many requests in flight. */
const rowsPerTurn = 64;

/**
 * How many events a second one process enters in the ledger, from JetStream into a Postgres that writes through to its disk: all
 * columns and indexes, partitions, subscribers told, and the rollups kept up to date meanwhile. And what a row takes of this process's CPU, on as many cores as it uses.
 */
export async function measureLedger(): Promise<Measure[]> {
  const [nats, postgres] = await Promise.all([startNats({ config: 'open' }), startPostgres()]);
  try {
    await publishAll(nats.urlFor('router'));
    const before = process.cpuUsage();
    const elapsedMs = await enterAll(nats.urlFor('cost'), postgres.url);
    const { user, system } = process.cpuUsage(before);
    const perS = (rowCount / elapsedMs) * 1_000;
    const cpuUs = (user + system) / rowCount;
    const against = `${rowCount.toLocaleString('en')} rows`;
    return [
      { name: 'ledger.rows_per_s', value: perS, unit: '/s', better: 'higher', target: 20_000, against },
      { name: 'ledger.cpu_us', value: cpuUs, unit: 'us', better: 'lower', target: 50, against },
    ];
  } finally {
    await Promise.all([nats.close(), postgres.close()]);
  }
}

async function publishAll(url: string): Promise<void> {
  for (let lot = 0; lot < lots; lot++) {
    const bus = await connectTestBus({ url, service: 'router', drainTimeoutMs: 60_000 });
    await bus.ensureStream({ ...usageStream, maxBytes: 1024 ** 3 });
    for (let index = lot * rowsPerLot; index < (lot + 1) * rowsPerLot; index++) {
      const data = attempt(index);
      bus.publishDurable(attemptMade, data, `${data.requestId}:1`);
      if (index % rowsPerTurn === 0) await nextTurn();
    }
    await bus.drain();
  }
}

/** Resolves with how long it takes, from the first pull to the last commit, in milliseconds. */
async function enterAll(url: string, databaseUrl: string): Promise<number> {
  const service = 'cost';
  const metrics = createMetrics(service);
  const logger = createLogger({ service, instance: 'bench', level: 'warn' });
  const [settings] = parseConfig([databaseConfigSchema], { DATABASE_URL: databaseUrl });
  const migrations = new URL('../../../services/cost/migrations/', import.meta.url);
  const shared = { clock: systemClock, logger, metrics };
  const database = await openDatabase({ settings, service, migrations, ...shared });
  const bus = await connectTestBus({ url, service, metrics });
  const watch = new Client({ connectionString: databaseUrl, options: `-c search_path=${service}` });
  await watch.connect();
  const startedAtMs = performance.now();
  const ledger = await startLedger({
    ...{ bus, database, ...shared },
    timeZones: { entries: () => [] },
    retentionMonths: undefined,
  });
  for (let entered = 0; entered < rowCount;) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    const { rows } = await watch.query<{ count: string }>('select count(*) from llm_usage_log');
    entered = Number(rows[0]?.count);
  }
  const elapsedMs = performance.now() - startedAtMs;
  await ledger.stop();
  await bus.drain();
  await Promise.all([watch.end(), database.close()]);
  return elapsedMs;
}

function attempt(index: number): AttemptMade {
  const account = index % 500;
  return {
    requestId: `01990000-0000-7000-8000-${index.toString().padStart(12, '0')}`,
    attempt: 1,
    tenant: `organisation-${account % 10}`,
    keyId: `key${account.toString().padStart(5, '0')}`,
    teamId: `team-${account % 50}`,
    userId: `user-${account % 200}`,
    tags: ['batch'],
    startedAtMs: Date.now(),
    latencyMs: 812.5,
    firstContentMs: 312.25,
    provider: 'openai',
    model: 'gpt-5-mini',
    modelAsked: 'gpt-5',
    config: 'default',
    path: 'targets/0',
    credential: 'a1b2c3d4',
    purpose: 'first',
    outcome: 'ok',
    maybeBilled: true,
    streamed: true,
    usage: {
      uncachedInputTokens: 1_200,
      cacheReadTokens: 4_096,
      cacheWrite5mTokens: 0,
      cacheWrite1hTokens: 0,
      audioInputTokens: 0,
      imageInputTokens: 0,
      outputTokens: 300,
      reasoningTokens: 128,
      audioOutputTokens: 0,
      webSearchRequests: 0,
      modelServed: 'gpt-5-mini-2026-08-07',
      serviceTier: 'default',
      source: 'provider',
    },
    cost: { nanoUsd: 1_002_400, priceId: 'openai/gpt-5-mini@2026-08-07' },
    modelAskedNanoUsd: 5_012_000,
    metadata: { feature: 'search', release: '2026.11' },
  };
}
