import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from '@nats-io/transport-node';
import { Redis } from 'ioredis';
import { Client, escapeIdentifier } from 'pg';
import { z } from 'zod';

/** Texts, and where each was found. */
export type Places = [place: string, text: string][];

const tableSchema = z.object({ schema: z.string(), name: z.string() });

/** Every row of every table of a database. */
export async function everyRow(url: string): Promise<Places> {
  const client = new Client(url);
  await client.connect();
  try {
    const { rows } = await client.query(
      `select schemaname as schema, tablename as name from pg_tables
       where schemaname not in ('pg_catalog', 'information_schema')`,
    );
    const places: Places = [];
    for (const { schema, name } of z.array(tableSchema).parse(rows)) {
      const table = `${escapeIdentifier(schema)}.${escapeIdentifier(name)}`;
      const found = await client.query<{ row: string }>(`select t::text as row from ${table} t`);
      for (const { row } of found.rows) places.push([`${schema}.${name}`, row]);
    }
    return places;
  } finally {
    await client.end();
  }
}

const namesSchema = z.object({ streams: z.array(z.string()).nullish() });
const stateSchema = z.object({ state: z.object({ last_seq: z.number() }) });
const messageSchema = z.object({
  message: z
    .object({ subject: z.string(), data: z.string().default(''), hdrs: z.string().default('') })
    .optional(),
});

/** Every message that JetStream keeps, in every stream and bucket of an `open` server. */
export async function everyStoredMessage(url: string): Promise<Places> {
  const connection = await connect({ servers: url });
  const ask = async (subject: string, body: object = {}) =>
    (await connection.request(`$JS.API.${subject}`, JSON.stringify(body))).json<unknown>();
  try {
    const { streams } = namesSchema.parse(await ask('STREAM.NAMES'));
    const places: Places = [];
    for (const stream of streams ?? []) {
      const { state } = stateSchema.parse(await ask(`STREAM.INFO.${stream}`));
      for (let seq = 1; seq <= state.last_seq; seq++) {
        const { message } = messageSchema.parse(await ask(`STREAM.MSG.GET.${stream}`, { seq }));
        if (!message) continue;
        const texts = [message.hdrs, message.data].map((part) => Buffer.from(part, 'base64').toString());
        places.push([`${stream} ${message.subject}`, texts.join('\n')]);
      }
    }
    return places;
  } finally {
    await connection.close();
  }
}

/** Every file below a folder, as bytes that a text can be looked for in. */
export async function everyFile(folder: string): Promise<Places> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(
    files.map(async (file): Promise<Places[number]> => [
      file.slice(folder.length + 1),
      await readFile(file, 'latin1'),
    ]),
  );
}

/** The command line of every process of this machine, as `ps` shows it. */
export async function everyCommandLine(): Promise<Places> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  return Promise.all(
    pids.map(async (pid): Promise<Places[number]> => [
      `process ${pid}`,
      // It may have ended by now.
      await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''),
    ]),
  );
}

/** Where one of the secrets stands: as it is, or in base64 or hex, as bytes often are. */
export function findSecrets(places: Places, secrets: Readonly<Record<string, string>>): string[] {
  const forms = Object.entries(secrets).map(([name, secret]): [string, string[]] => [name, formsOf(secret)]);
  return places.flatMap(([place, text]) =>
    forms
      .filter(([, shapes]) => shapes.some((shape) => text.includes(shape)))
      .map(([name]) => `${name} in ${place}`),
  );
}

function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  // Of a longer text's base64 the middle of what the secret has there, wherever it begins.
  const shifted = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .slice(4, -4),
  );
  return [secret, bytes.toString('hex'), ...shifted];
}

/** Every value that a Redis has, and its keys. */
export async function everyRedisValue(url: string): Promise<Places> {
  const redis = new Redis(url);
  const membersOf: Readonly<Record<string, (key: string) => Promise<unknown>>> = {
    string: (key) => redis.get(key),
    hash: (key) => redis.hgetall(key),
    set: (key) => redis.smembers(key),
    zset: (key) => redis.zrange(key, '0', '-1'),
    list: (key) => redis.lrange(key, 0, -1),
  };
  try {
    const keys = await redis.keys('*');
    return await Promise.all(
      keys.map(async (key): Promise<Places[number]> => {
        const members = membersOf[await redis.type(key)];
        if (!members) throw new Error(`Nobody looks into ${key}.`);
        return [`Redis ${key}`, `${key} ${JSON.stringify(await members(key))}`];
      }),
    );
  } finally {
    redis.disconnect();
  }
}
