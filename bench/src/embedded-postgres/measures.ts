import { readFile, readdir } from 'node:fs/promises';
import { Client, Pool } from 'pg';

const batchRows = 1_000;
const insertForMs = 3_000;

/** A row of a ledger, a little narrower than ours will be: ten columns, a primary key and two more indexes. */
const ledgerTable = `
  create table ledger (
    ts timestamptz not null, request_id uuid not null, attempt int not null, key_id text not null, model text not null,
    provider text not null, input_tokens int not null, output_tokens int not null, cost_nano bigint not null, status text not null,
    primary key (ts, request_id, attempt));
  create index on ledger (key_id, ts) include (cost_nano);
  create index on ledger using brin (ts);`;
const insertBatch = `
  insert into ledger
  select now(), id, 1, key, 'gpt-5-mini', 'openai', tokens, tokens, tokens * 250, 'ok'
  from unnest($1::uuid[], $2::text[], $3::int[]) as batch (id, key, tokens)
  on conflict do nothing`;

/** Rows a second, in batches, over so many connections at once. */
export async function insertRate(url: string, connections: number): Promise<number> {
  const pool = new Pool({ connectionString: url, max: connections });
  await pool.query(`drop table if exists ledger; ${ledgerTable}`);
  let inserted = 0;
  const startedAtMs = performance.now();
  const endsAtMs = startedAtMs + insertForMs;
  const writer = async () => {
    while (performance.now() < endsAtMs) {
      const ids = Array.from({ length: batchRows }, () => crypto.randomUUID());
      const keys = ids.map((id) => `key-${id.slice(0, 2)}`);
      const tokens = ids.map((_, index) => index);
      await pool.query(insertBatch, [ids, keys, tokens]);
      inserted += batchRows;
    }
  };
  await Promise.all(Array.from({ length: connections }, writer));
  const seconds = (performance.now() - startedAtMs) / 1_000;
  await pool.end();
  return inserted / seconds;
}

/** What clients that share a server rely on: each with whether it holds. */
export async function sharingSemantics(url: string): Promise<Record<string, boolean>> {
  const [one, other] = [new Client(url), new Client(url)];
  await Promise.all([one.connect(), other.connect()]);
  const value = async (client: Client, text: string): Promise<unknown> =>
    Object.values((await client.query<Record<string, unknown>>(text)).rows[0] ?? {})[0];
  let heard = false;
  other.on('notification', () => {
    heard = true;
  });
  try {
    await one.query("set search_path = 'pg_catalog'");
    const settings = (await value(other, 'show search_path')) !== 'pg_catalog';
    await one.query('reset search_path');
    await one.query('select pg_advisory_lock(1)');
    const locks = (await value(other, 'select pg_try_advisory_lock(1)')) === false;
    await one.query('create table if not exists jobs (id int primary key)');
    await one.query('insert into jobs values (1), (2) on conflict do nothing');
    await one.query('begin');
    await one.query('select from jobs where id = 1 for update');
    const skipping = other
      .query('select id from jobs for update skip locked')
      .then(({ rows }) => rows.length === 1);
    const skipLocked = await Promise.race([
      skipping,
      new Promise<boolean>((r) => setTimeout(r, 1_000, false)),
    ]);
    await one.query('commit');
    await skipping;
    await other.query('listen news');
    await one.query('notify news');
    await other.query('select 1');
    await one.query('set statement_timeout = 100');
    const timesOut = await one.query('select pg_sleep(0.5)').then(
      () => false,
      () => true,
    );
    const prepared = await canPrepare([one, other]);
    const roles = await hasRoles(url, one);
    return { settings, locks, skipLocked, notifications: heard, timesOut, prepared, roles };
  } finally {
    await Promise.all([one.end(), other.end()]);
  }
}

/** Whether each client may keep a statement prepared under a name that others use too. */
function canPrepare(clients: readonly Client[]): Promise<boolean> {
  const prepared = clients.map((client, index) => client.query({ name: 'same', text: `select ${index}` }));
  return Promise.all(prepared).then(
    () => true,
    () => false,
  );
}

async function hasRoles(url: string, admin: Client): Promise<boolean> {
  await admin.query("create role somebody login password 'theirs'");
  const theirUrl = new URL(url);
  theirUrl.username = 'somebody';
  theirUrl.password = 'theirs';
  const client = new Client(theirUrl.href);
  await client.connect();
  const { rows } = await client.query<{ user: string }>('select session_user::text as user');
  await client.end();
  return rows[0]?.user === 'somebody';
}

export async function hasVector(url: string): Promise<boolean> {
  const client = new Client(url);
  await client.connect();
  const can = await client.query('create extension if not exists vector').then(
    () => true,
    () => false,
  );
  await client.end();
  return can;
}

/** Memory of a process and its children, what they share counted once. */
export async function memoryMb(pid: number): Promise<number> {
  let kilobytes = 0;
  for (const each of await family(pid)) {
    const rollup = await readFile(`/proc/${each}/smaps_rollup`, 'utf8').catch(() => '');
    kilobytes += Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0);
  }
  return kilobytes / 1_024;
}

async function family(pid: number): Promise<number[]> {
  // A process may end while we look.
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const children = await Promise.all(
    threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/children`, 'utf8').catch(() => '')),
  );
  const direct = children.flatMap((text) => text.split(' ').filter(Boolean).map(Number));
  return [pid, ...(await Promise.all(direct.map(family))).flat()];
}
