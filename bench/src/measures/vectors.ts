import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openVectorStore } from '@weir/cache/vectors/open-vector-store';
import type { VectorStore } from '@weir/cache/domain/vector-store';
import { partitionHash } from '@weir/cache/vectors/storable-points';
import { vectorStoreConfigSchema } from '@weir/cache/vectors/vector-store-config';
import { startLocalServer } from '@weir/local-servers/local-server';
import { vectorDatabase } from '@weir/local-servers/vector-database';
import { systemClock } from '@weir/service-kit/clock';
import { parseConfig } from '@weir/service-kit/config';
import { createLogger } from '@weir/service-kit/logger';
import { createMetrics } from '@weir/service-kit/metrics';
import { Client } from 'pg';

import { cpuUs } from '../process-usage.ts';
import type { Measure } from '../report.ts';
import { quantile } from '../statistics.ts';

const points = 1_000_000;
const partitionSize = 500;
const partitions = points / partitionSize;
const queries = 500;
const dimensions = 384;
const namespace = 'bench_vectors';
const batch = 10_000;

/**
 * How long the semantic cache's vector database, the one of `npm start`, takes to find the nearest of a million questions in
 * partitions of 500. To fill it takes minutes.
 */
export async function measureVectors(): Promise<Measure[]> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'weir-bench-'));
  const server = await startLocalServer(vectorDatabase('bench'), { dataFolder });
  const store = await openStore(server.url);
  const client = new Client(server.url);
  await client.connect();
  try {
    await store.ensure();
    await fill(client);
    const find = (i: number) =>
      store.nearest({
        partition: `p${i % partitions}`,
        vector: randomVector(),
        limit: 5,
        nowMs: 1,
        timeoutMs: 60_000,
      });
    for (let i = 0; i < 20; i++) await find(i);
    const cpuBefore = cpuUs(server.pid) ?? NaN;
    // Far apart in the table, so that no two need the same pages.
    const times = await timesOf(queries, (i) => find(i * 7_919));
    const cpuMs = ((cpuUs(server.pid) ?? NaN) - cpuBefore) / queries / 1_000;
    const ofMillion = { unit: 'ms', better: 'lower', against: `${points} points` } as const;
    return [
      { name: 'vectors.nearest_p50_ms', value: quantile(times, 0.5), ...ofMillion },
      { name: 'vectors.nearest_p95_ms', value: quantile(times, 0.95), target: 10, ...ofMillion },
      { name: 'vectors.nearest_cpu_ms', value: cpuMs, ...ofMillion },
    ];
  } finally {
    await client.end();
    await store.close();
    await server.stop();
    await rm(dataFolder, { recursive: true, force: true });
  }
}

async function openStore(url: string): Promise<VectorStore> {
  const [settings] = parseConfig([vectorStoreConfigSchema], {
    VECTOR_DATABASE_URL: url,
    WEIR_VECTOR_NAMESPACE: namespace,
    WEIR_VECTOR_TIMEOUT_MS: '600000',
  });
  const store = await openVectorStore({
    settings,
    embedder: { id: 'bench', dimensions },
    clock: systemClock,
    logger: createLogger({ service: 'bench', instance: 'bench', level: 'silent' }),
    metrics: createMetrics('bench'),
  });
  if (!store) throw new Error('no store');
  return store;
}

/** Made at the server, of some thousand vectors: to send a million of them takes longer than all else. */
async function fill(client: Client): Promise<void> {
  const table = `${namespace}.points`;
  // The extension is in either.
  await client.query(`set search_path = ${namespace}, public`);
  await client.query(`create table ${namespace}.base (n int, v vector)`);
  await client.query(
    `insert into ${namespace}.base select n, v::vector from unnest($1::int[], $2::text[]) as t (n, v)`,
    [
      Array.from({ length: 1_000 }, (_, n) => n),
      Array.from(
        { length: 1_000 },
        () =>
          `[${randomVector()
            .map((x) => Number(x.toFixed(5)))
            .join(',')}]`,
      ),
    ],
  );
  await client.query(`create table ${namespace}.partitions (n int primary key, hash bytea)`);
  for (let start = 0; start < partitions; start += batch) {
    const numbers = Array.from({ length: Math.min(batch, partitions - start) }, (_, i) => start + i);
    await client.query(`insert into ${namespace}.partitions select * from unnest($1::int[], $2::bytea[])`, [
      numbers,
      numbers.map((n) => partitionHash(`p${n}`)),
    ]);
  }
  // One after the other in turn, so that those of one partition lie far apart, as they do where many are written to.
  for (let start = 0; start < points; start += batch) {
    await client.query(
      `insert into ${table} (id, partition, organisation, question, embedding, created_at, expires_at)
       select gen_random_uuid(), p.hash, 'o', 'How do I reset my password, and where? ' || i, b.v, i, 9e15::bigint
       from generate_series($1::int, $2::int) as i
       join ${namespace}.partitions p on p.n = i % ${partitions}
       join ${namespace}.base b on b.n = (i * 7) % 1000`,
      [start, Math.min(start + batch, points) - 1],
    );
  }
  await client.query(`analyze ${table}`);
}

function randomVector(): Float32Array {
  return Float32Array.from({ length: dimensions }, () => Math.random() - 0.4);
}

async function timesOf(runs: number, work: (i: number) => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < runs; i++) {
    const startedAtMs = performance.now();
    await work(i);
    times.push(performance.now() - startedAtMs);
  }
  return times;
}
