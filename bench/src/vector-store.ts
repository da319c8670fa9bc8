import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openVectorStore } from '@weir/cache/vectors/open-vector-store';
import { partitionHash } from '@weir/cache/vectors/storable-points';
import { vectorStoreConfigSchema } from '@weir/cache/vectors/vector-store-config';
import { startLocalServer } from '@weir/local-servers/local-server';
import { vectorDatabase } from '@weir/local-servers/vector-database';
import { systemClock } from '@weir/service-kit/clock';
import { parseConfig } from '@weir/service-kit/config';
import { createLogger } from '@weir/service-kit/logger';
import { createMetrics } from '@weir/service-kit/metrics';
import { Client } from 'pg';

/**
 * How long the semantic cache's pgvector takes to find the nearest questions, of so many in partitions of so many:
 * `node bench/src/vector-store.ts --points 1000000 --partition 1000`. On the vector database of `npm start`, or with
 * `--url` on a Postgres that has pgvector.
 */
const { values: options } = parseArgs({
  options: {
    points: { type: 'string', default: '100000' },
    partition: { type: 'string', default: '1000' },
    url: { type: 'string' },
    queries: { type: 'string', default: '500' },
  },
});
const [points, partitionSize, queries] = [options.points, options.partition, options.queries].map(Number) as [
  number,
  number,
  number,
];
const dimensions = 384;
const namespace = 'bench_vectors';
const batch = 10_000;

const dataFolder = await mkdtemp(join(tmpdir(), 'weir-bench-'));
const server =
  options.url === undefined ? await startLocalServer(vectorDatabase('bench'), { dataFolder }) : undefined;
const url = options.url ?? server?.url ?? '';
const [settings] = parseConfig([vectorStoreConfigSchema], {
  VECTOR_DATABASE_URL: url,
  WEIR_VECTOR_NAMESPACE: namespace,
  WEIR_VECTOR_TIMEOUT_MS: '600000',
  WEIR_VECTOR_PARTITION_POINTS: '100000',
});
const store = await openVectorStore({
  settings,
  embedder: { id: 'bench', dimensions },
  clock: systemClock,
  logger: createLogger({ service: 'bench', instance: 'bench', level: 'silent' }),
  metrics: createMetrics('bench'),
});
if (!store) throw new Error('no store');
await store.ensure();
const client = new Client(url);
await client.connect();
try {
  console.log(`${await store.describe()}: ${points} points in partitions of ${partitionSize}`);
  await fill();
  const partitions = points / partitionSize;
  const find = (i: number) =>
    store.nearest({
      partition: `p${i % partitions}`,
      vector: randomVector(),
      limit: 5,
      nowMs: 1,
      timeoutMs: 60_000,
    });
  for (let i = 0; i < 20; i++) await find(i);
  const cpuBefore = cpuMs();
  report('nearest', await timesOf(queries, (i) => find(i * 7_919)));
  if (server) console.log(`  nearest, CPU of the server: ${((cpuMs() - cpuBefore) / queries).toFixed(2)} ms`);
  report(
    'upsert of one',
    await timesOf(50, (i) =>
      store.upsert([
        {
          ...{
            id: crypto.randomUUID(),
            partition: `p${(i * 7_919) % partitions}`,
            organisation: 'o',
            question: 'How do I reset it?',
          },
          ...{ vector: randomVector(), createdAtMs: Date.now(), expiresAtMs: Date.now() + 1e9 },
        },
      ]),
    ),
  );
  report('count', await timesOf(3, () => store.count()));
} finally {
  await client.query(`drop schema if exists ${namespace} cascade`);
  await client.end();
  await store.close();
  await server?.stop();
  await rm(dataFolder, { recursive: true, force: true });
}

/** Made at the server, of some thousand vectors: to send a million of them takes longer than all else. */
async function fill(): Promise<void> {
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
  const partitions = points / partitionSize;
  for (let start = 0; start < partitions; start += batch) {
    const numbers = Array.from({ length: Math.min(batch, partitions - start) }, (_, i) => start + i);
    await client.query(`insert into ${namespace}.partitions select * from unnest($1::int[], $2::bytea[])`, [
      numbers,
      numbers.map((n) => partitionHash(`p${n}`)),
    ]);
  }
  const startedAtMs = performance.now();
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
  const { rows } = await client.query<{ size: string }>(
    `select pg_size_pretty(pg_total_relation_size('${table}')) as size`,
  );
  const rate = points / ((performance.now() - startedAtMs) / 1_000);
  console.log(`  ${rows[0]?.size}, inserted ${rate.toFixed(0)} a second`);
}

/** Of the server that this has started, so far: it says the same on a machine that others use. */
function cpuMs(): number {
  if (!server) return 0;
  const [, user = 0, system = 0] =
    /^\d+ \(.*?\) (?:\S+ ){11}(\d+) (\d+)/
      .exec(readFileSync(`/proc/${server.pid}/stat`, 'utf8'))
      ?.map(Number) ?? [];
  return (user + system) * 10;
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
  return times.sort((a, b) => a - b);
}

function report(what: string, times: readonly number[]): void {
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((part) =>
    (times[Math.floor(times.length * part)] ?? 0).toFixed(1),
  );
  console.log(`  ${what}: p50 ${p50} ms, p95 ${p95} ms, p99 ${p99} ms`);
}
