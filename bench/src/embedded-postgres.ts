import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { rows } from '@weir/service-kit/database/rows';
import { z } from 'zod';
import { type Candidate, npmBinaries, pglite, systemPostgres } from './embedded-postgres/candidates.ts';
import { hasVector, insertRate, memoryMb, sharingSemantics } from './embedded-postgres/measures.ts';

/**
 * Which Postgres `npm start` should bring: what each costs and can, over `pg` as services use it. Installs the packages in
 * question into a temporary folder. Run alone: `node bench/src/embedded-postgres.ts`. The figures stand in ADR 11.
 */
async function measure({ name, installedMb, start }: Candidate): Promise<Record<string, unknown>> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'weir-measure-'));
  const first = await timed(() => start(dataFolder));
  await first.value.stop();
  const second = await timed(() => start(dataFolder));
  const { pid, url } = second.value;
  const restMb = await memoryMb(pid);
  const semantics = await sharingSemantics(url);
  const row = {
    name,
    installedMb,
    'first start ms': Math.round(first.ms),
    'start ms': Math.round(second.ms),
    'at rest MB': Math.round(restMb),
    'rows/s, 1 connection': Math.round(await insertRate(url, 1)),
    'rows/s, 8 connections': Math.round(await insertRate(url, 8)),
    ...semantics,
    vector: await hasVector(url),
    'after load MB': Math.round(await memoryMb(pid)),
    'kept over SIGKILL': await keepsOverKill(second.value, () => start(dataFolder)),
  };
  await rm(dataFolder, { recursive: true, force: true });
  return row;
}

async function keepsOverKill(
  server: Awaited<ReturnType<Candidate['start']>>,
  restart: () => ReturnType<Candidate['start']>,
): Promise<string> {
  const committed = 500;
  const before = new Client(server.url);
  before.on('error', () => undefined);
  await before.connect();
  await before.query('create table kept (id int primary key)');
  for (let id = 0; id < committed; id++) await before.query('insert into kept values ($1)', [id]);
  await server.kill();
  const restarted = await restart();
  const after = new Client(restarted.url);
  await after.connect();
  const { rows: counted } = await after.query<{ kept: string }>('select count(*) as kept from kept');
  await after.end();
  await restarted.stop();
  return `${counted[0]?.kept} of ${committed}`;
}

async function timed<T>(work: () => Promise<T>): Promise<{ value: T; ms: number }> {
  const startedAtMs = performance.now();
  return { value: await work(), ms: performance.now() - startedAtMs };
}

/** What it costs to parse a row of ten columns with a schema, in microseconds. */
function parseCostUs(): number {
  const text = z.string();
  const schema = z.object({
    a: text,
    b: text,
    c: text,
    d: text,
    e: z.int(),
    f: z.int(),
    g: z.int(),
    h: z.date(),
    i: text,
    j: text,
  });
  const row = { a: 'a', b: 'b', c: 'c', d: 'd', e: 1, f: 2, g: 3, h: new Date(), i: 'i', j: 'j' };
  const result = { rows: Array.from({ length: 10_000 }, () => ({ ...row })), rowCount: 10_000 };
  let bestMs = Infinity;
  for (let round = 0; round < 20; round++) {
    const startedAtMs = performance.now();
    rows(schema, result);
    bestMs = Math.min(bestMs, performance.now() - startedAtMs);
  }
  return (bestMs * 1_000) / result.rowCount;
}

for (const candidate of [systemPostgres, await npmBinaries(), await pglite()]) {
  const failed = (error: unknown) => ({ name: candidate.name, failed: String(error) });
  console.log(await measure(candidate).catch(failed));
}
console.log(`parsing a row of ten columns: ${parseCostUs().toFixed(2)} us`);
process.exit();
