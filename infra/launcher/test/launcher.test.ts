import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { virtualKeyForm } from '@weir/contracts/keys/verification';
import { firstAnswer } from '@weir/local-servers/first-answer';
import { freePort } from '@weir/local-servers/port';
import { testKey } from '@weir/testkit/gateway';
import { Client } from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { natsUsersOf, services } from '@weir/services/services';
import { Launched, survivors } from './launched.ts';

let stateFolder: string;
let port: number;
beforeEach(async () => {
  stateFolder = await mkdtemp(join(tmpdir(), 'weir-launcher-'));
  port = await freePort();
});
afterEach(async () => {
  await Promise.all(launched.splice(0).map((weir) => weir.kill()));
  // The system may still be ending a process of Postgres, which removes files of its own.
  await rm(stateFolder, { recursive: true, maxRetries: 20, retryDelay: 100 });
});

const launched: Launched[] = [];

/** So that no data servers are started where a test is not about them: the stand-ins do not connect. */
const elsewhere = {
  DATABASE_URL: 'postgresql://elsewhere/weir',
  REDIS_URL: 'redis://elsewhere',
  VECTOR_DATABASE_URL: 'postgresql://elsewhere/vectors',
};

function start(more: Record<string, string> = {}, entries?: Record<string, string>): Launched {
  const weir = new Launched(
    { WEIR_PORT: String(port), WEIR_STATE_DIR: stateFolder, ...elsewhere, ...more },
    entries,
  );
  launched.push(weir);
  return weir;
}

/** What a stand-in says of itself. Unlike the real ingress, its stand-in makes the launcher ready before the others are. */
async function readyLineOf(weir: Launched, name: string): Promise<string> {
  const line = () => new RegExp(`${name} +info +ready .*\\n`).exec(weir.output)?.[0];
  await expect.poll(line, { timeout: 20_000 }).toBeDefined();
  return line() ?? '';
}

async function variablesSeenBy(weir: Launched, name: string): Promise<string[]> {
  return /sees=(\S+)/.exec(await readyLineOf(weir, name))?.[1]?.split(',') ?? [];
}

const expectNoneLeft = (processes: Parameters<typeof survivors>[0]) =>
  expect.poll(() => survivors(processes), { timeout: 10_000 }).toEqual([]);

test('says that it is ready, and how to use it', async () => {
  const weir = start();
  await weir.says('\nWeir is ready');
  expect(weir.output).toContain(`curl -i http://127.0.0.1:${port}/v1/chat/completions`);
  expect(weir.output).toContain(`new OpenAI({ baseURL: 'http://127.0.0.1:${port}/v1'`);
  expect(weir.output).toContain('The demo provider answers');
});

test('Ctrl-C stops what was started in the reverse order, leaves nothing, and a second start works', async () => {
  for (let round = 0; round < 2; round++) {
    const weir = start();
    await weir.says('Weir is ready');
    const order = ['demo', ...services.map(({ name }) => name)];
    // Before that they may have no ear for a signal.
    for (const name of order) await readyLineOf(weir, name);
    const processes = await weir.descendants();
    expect(processes.map(({ command }) => command).join('\n')).toMatch(/main\.ts.*nats-server.*stand-in/s);
    // A terminal, npm and start.mjs make several signals of one key.
    process.kill(weir.pid, 'SIGINT');
    process.kill(weir.pid, 'SIGINT');
    expect(await weir.ended).toBe(0);
    const drained = [...weir.output.matchAll(/(\w+) +info +drained/g)].map(([, name]) => name);
    expect(drained).toEqual(order.toReversed());
    await expectNoneLeft(processes);
  }
});

test.each(['start.mjs', 'main.ts'])('nothing is left when %s is killed', async (name) => {
  const weir = start();
  await weir.says('Weir is ready');
  const processes = await weir.descendants();
  const victim = name === 'main.ts' ? processes.find(({ command }) => command.includes(name))?.pid : weir.pid;
  process.kill(victim ?? 0, 'SIGKILL');
  await expectNoneLeft(processes);
  await weir.ended;
});

test('a second request to stop ends at once what does not stop', async () => {
  const weir = start({}, { router: 'stubborn.ts' });
  await weir.says('Weir is ready');
  const processes = await weir.descendants();
  let ended = false;
  void weir.ended.then(() => (ended = true));
  const askAgain = () => {
    if (!ended) process.kill(weir.pid, 'SIGINT');
    return ended;
  };
  await expect.poll(askAgain, { timeout: 5000, interval: 200 }).toBe(true);
  await expectNoneLeft(processes);
});

test('a busy port is a clear message, and nothing is started', async () => {
  const other = createServer().listen(port, '127.0.0.1');
  await once(other, 'listening');
  const weir = start({ WEIR_PROT: '9000' });
  expect(await weir.ended).toBe(1);
  expect(weir.output).toContain('is WEIR_PORT meant?');
  expect(weir.output).toContain(`Port ${port} of 127.0.0.1 is taken by another program`);
  expect(weir.output).toContain(`WEIR_PORT=${port + 1} npm start`);
  await expect(stat(join(stateFolder, 'nats'))).rejects.toThrow('ENOENT');
  other.close();
});

test('two launchers do not share a state folder', async () => {
  const first = start();
  await first.says('Weir is ready');
  const second = start({ WEIR_PORT: String(await freePort()) });
  expect(await second.ended).toBe(1);
  expect(second.output).toContain(`Weir runs already with the state folder ${stateFolder}`);
});

test.each(['router', 'nats'])('%s is reported and started again when it crashes', async (name) => {
  const weir = start();
  await weir.says('Weir is ready');
  const command = name === 'nats' ? 'nats-server' : 'stand-in.ts';
  const count = async () => (await weir.descendants()).filter((one) => one.command.includes(command)).length;
  const before = await count();
  const nats = (await weir.descendants()).find((one) => one.command.includes('nats-server'));
  const router = /runs_as=(\d+)/.exec(await readyLineOf(weir, 'router'))?.[1];
  process.kill(name === 'nats' ? (nats?.pid ?? 0) : Number(router), 'SIGKILL');
  await weir.says(`${name.padEnd(8)} warn  ended unexpectedly (SIGKILL)`);
  await expect.poll(count).toBe(before);
});

test('each process is named with its pid when it starts', async () => {
  const weir = start();
  await weir.says('Weir is ready');
  const pids = new Map((await weir.descendants()).map(({ pid, command }) => [pid, command]));
  for (const name of ['nats', 'demo', ...services.map((service) => service.name)]) {
    const pid = Number(new RegExp(`${name} +info +started pid=(\\d+)`).exec(weir.output)?.[1]);
    expect(pids.get(pid)).toContain(name === 'nats' ? 'nats-server' : 'stand-in.ts');
  }
});

test("the port and the passwords of NATS lie where an operator's tools find them, as long as it runs", async () => {
  const weir = start();
  await weir.says('Weir is ready');
  const read = (file: string) => readFile(join(stateFolder, file), 'utf8');
  expect(await read('nats-port')).toMatch(/^\d+\n$/);
  expect(Object.keys(JSON.parse(await read('nats-passwords.json')) as object)).toEqual(natsUsersOf(services));
  process.kill(weir.pid, 'SIGINT');
  await weir.ended;
  await expect(read('nats-port')).rejects.toThrow('ENOENT');
});

test('a server that a service needs is started for it, and that service alone can reach it', async () => {
  const weir = start({ REDIS_URL: '' }, { servers: 'redis' });
  await weir.says('Weir is ready');
  const url = /redis=(\S+)/.exec(await readyLineOf(weir, 'store'))?.[1] ?? '';
  const { username, password, port: redisPort } = new URL(url);
  expect(String(await firstAnswer(Number(redisPort), 'PING\r\n'))).toContain('NOAUTH');
  expect(String(await firstAnswer(Number(redisPort), `AUTH ${username} ${password}\r\n`))).toBe('+OK\r\n');
  expect(username).toBe('store');
  expect(await variablesSeenBy(weir, 'router')).not.toContain('REDIS_URL');
  expect(await variablesSeenBy(weir, 'store')).not.toContain('OPENAI_API_KEY');
});

test('what is written to Redis is there after the next start', async () => {
  const answers: string[] = [];
  for (const command of ['SET store:spent 12', 'GET store:spent']) {
    const weir = start({ REDIS_URL: '' }, { servers: 'redis' });
    await weir.says('Weir is ready');
    const url = new URL(/redis=(\S+)/.exec(await readyLineOf(weir, 'store'))?.[1] ?? '');
    const processes = await weir.descendants();
    expect(processes.map((one) => one.command).join('\n')).toContain('redis-server');
    const said = `AUTH ${url.username} ${url.password}\r\n${command}\r\n`;
    answers.push(String(await firstAnswer(Number(url.port), said)));
    process.kill(weir.pid, 'SIGINT');
    expect(await weir.ended).toBe(0);
    await expectNoneLeft(processes);
  }
  expect(answers).toEqual(['+OK\r\n+OK\r\n', '+OK\r\n$2\r\n12\r\n']);
});

test('a service that needs Postgres gets a role of its own there, under a password that nobody else has', async () => {
  const weir = start({ DATABASE_URL: '' }, { servers: 'postgres' });
  await weir.says('Weir is ready');
  const url = new URL(/database=(\S+)/.exec(await readyLineOf(weir, 'store'))?.[1] ?? '');
  expect(url.username).toBe('store');
  expect(url.password).not.toBe('');
  const [right, wrong] = [new Client(url.href), new Client({ ...clientOptions(url), password: 'another' })];
  await right.connect();
  expect((await right.query('select current_user as name')).rows).toEqual([{ name: 'store' }]);
  await right.end();
  await expect(wrong.connect()).rejects.toThrow(/password/);
  expect(await variablesSeenBy(weir, 'router')).not.toContain('DATABASE_URL');
});

const clientOptions = ({ hostname, port, username, pathname }: URL) => ({
  host: hostname,
  port: Number(port),
  user: username,
  database: pathname.slice(1),
});

test('a service that needs vectors gets a Postgres with pgvector, for which nobody waits, and which is said', async () => {
  const weir = start({ VECTOR_DATABASE_URL: '' }, { servers: 'vectors' });
  await weir.says('Weir is ready');
  const url = /vectors=(\S+)/.exec(await readyLineOf(weir, 'store'))?.[1] ?? '';
  await weir.says('the semantic cache are kept in pgvector');
  const client = new Client(url);
  await client.connect();
  expect((await client.query("select '[1,2]'::vector::text as v")).rows).toEqual([{ v: '[1,2]' }]);
  await client.end();
  expect(await variablesSeenBy(weir, 'router')).not.toContain('VECTOR_DATABASE_URL');
});

test('with the address of a Qdrant, no pgvector is started', async () => {
  const weir = start({ VECTOR_DATABASE_URL: '', QDRANT_URL: 'http://elsewhere' }, { servers: 'vectors' });
  await weir.says('Weir is ready');
  expect(await variablesSeenBy(weir, 'store')).not.toContain('VECTOR_DATABASE_URL');
  const processes = await weir.descendants();
  expect(processes.map(({ command }) => command).join('\n')).not.toContain('vector-database');
});

test('a server whose address is given is not started', async () => {
  const weir = start({}, { servers: 'redis' });
  await weir.says('Weir is ready');
  expect(await readyLineOf(weir, 'store')).toContain('redis=redis://elsewhere');
  expect((await weir.descendants()).map(({ command }) => command).join('\n')).not.toContain('redis-server');
});

test('a service that cannot start ends the launcher with its message', async () => {
  const weir = start({}, { ingress: 'misconfigured.ts' });
  expect(await weir.ended).toBe(1);
  expect(weir.output).toContain('OPENAI_BASE_URL is no URL');
  expect(weir.output).toContain('ingress ended before it could serve (exit code 1)');
});

test('settings that are wrong are told before anything is started, and a misspelt one gets a hint', async () => {
  const weir = start({ LOG_LEVEL: 'loud', WEIR_MAX_IN_FLIGHT: 'many', WEIR_ALOWED_HOSTS: 'gpu-box:8000' });
  expect(await weir.ended).toBe(1);
  expect(weir.output).toMatch(/- LOG_LEVEL: .*\n- WEIR_MAX_IN_FLIGHT: /);
  expect(weir.output).toContain('WEIR_ALOWED_HOSTS is read by nobody: is WEIR_ALLOWED_HOSTS meant?');
  expect(weir.output).not.toContain('started pid');
});

test('a state folder that cannot be made is a clear message', async () => {
  const weir = start({ WEIR_STATE_DIR: '/proc/weir' });
  expect(await weir.ended).toBe(1);
  expect(weir.output).toContain('its state cannot be kept in /proc/weir');
});

test("the ingress sees no provider's key, the router sees nobody's but its own, and nobody else's password", async () => {
  const weir = start({ OPENAI_API_KEY: 'sk-x', AWS_SECRET_ACCESS_KEY: 'x', LOG_LEVEL: 'info' });
  await weir.says('Weir is ready');
  const [ofRouter, ofIngress] = [
    await variablesSeenBy(weir, 'router'),
    await variablesSeenBy(weir, 'ingress'),
  ];
  expect(ofRouter).toEqual(expect.arrayContaining(['LOG_LEVEL', 'OPENAI_API_KEY']));
  expect(ofIngress).toEqual(expect.arrayContaining(['LOG_LEVEL', 'WEIR_PORT']));
  expect(ofIngress).not.toContain('OPENAI_API_KEY');
  expect([...ofRouter, ...ofIngress]).not.toContain('AWS_SECRET_ACCESS_KEY');
  expect(await readyLineOf(weir, 'router')).toContain('nats=nats://router:');
  expect(await readyLineOf(weir, 'ingress')).toContain('nats=nats://ingress:');
  expect(weir.output).toContain('These providers answer: openai');
  expect(weir.output).not.toMatch(/demo +info/);
});

test('the keys are made once, for their owner to read and for the service that needs each', async () => {
  const modeOf = async (file: string) => (await stat(join(stateFolder, file))).mode & 0o777;
  const contents = (file: string) => readFile(join(stateFolder, file), 'utf8');
  const stop = async (weir: Launched) => {
    process.kill(weir.pid, 'SIGINT');
    await weir.ended;
  };
  const files = ['nats-passwords.json', 'master-keys', 'admin-key', 'first-key'];

  const first = start();
  await first.says('Weir is ready');
  const made = await Promise.all(files.map(contents));
  const [adminKey = '', firstKey = ''] = made.slice(2).map((text) => text.trim());
  expect(adminKey).toMatch(/^weir-admin-[\w-]{43}$/);
  expect(firstKey).toMatch(virtualKeyForm);
  expect(first.output.split(adminKey)).toHaveLength(2);
  expect(first.output).toContain(
    `curl http://127.0.0.1:${port}/admin/v1/keys -H 'Authorization: Bearer ${adminKey}'`,
  );
  expect(first.output).toContain(`-H 'Authorization: Bearer ${firstKey}' -H 'Content-Type`);
  expect(first.output).toContain(`apiKey: '${firstKey}'`);
  expect(await Promise.all(files.map(modeOf))).toEqual(files.map(() => 0o600));
  const sight: [name: string, has: string[], hasNot: string[]][] = [
    ['router', ['WEIR_MASTER_KEYS_FILE'], ['WEIR_ADMIN_KEY', 'WEIR_FIRST_KEY']],
    ['keys', ['WEIR_MASTER_KEYS_FILE', 'WEIR_FIRST_KEY'], ['WEIR_ADMIN_KEY']],
    ['ingress', ['WEIR_ADMIN_KEY'], ['WEIR_MASTER_KEYS_FILE', 'WEIR_FIRST_KEY']],
  ];
  for (const [name, has, hasNot] of sight) {
    const seen = await variablesSeenBy(first, name);
    expect(seen).toEqual(expect.arrayContaining(has));
    for (const variable of hasNot) expect(seen).not.toContain(variable);
  }
  await stop(first);

  const second = start();
  await second.says('Weir is ready');
  expect(await Promise.all(files.map(contents))).toEqual(made);
  expect(second.output).not.toContain(adminKey);
  expect(second.output).toContain(`The admin key is kept in ${join(stateFolder, 'admin-key')}`);
  expect(second.output).not.toContain(firstKey);
  expect(second.output).toContain(`"Authorization: Bearer $(cat '${join(stateFolder, 'first-key')}')"`);
});

test('keys that are given are used, and none are made', async () => {
  const weir = start({
    WEIR_MASTER_KEYS: 'theirs',
    WEIR_ADMIN_KEY: 'a-key-of-their-own',
    WEIR_FIRST_KEY: testKey,
  });
  await weir.says('Weir is ready');
  expect(weir.output).toContain('The admin key is the one that WEIR_ADMIN_KEY has');
  expect(weir.output).toContain('"Authorization: Bearer $WEIR_FIRST_KEY"');
  expect(weir.output).not.toContain(testKey);
  expect(weir.output).not.toContain('a-key-of-their-own');
  expect(await variablesSeenBy(weir, 'router')).toContain('WEIR_MASTER_KEYS');
  for (const file of ['master-keys', 'admin-key', 'first-key']) {
    await expect(stat(join(stateFolder, file))).rejects.toThrow('ENOENT');
  }
});

test('a first key that is none is a clear message at once, which does not repeat it', async () => {
  const weir = start({ WEIR_FIRST_KEY: 'sk-weir-canary' });
  expect(await weir.ended).toBe(1);
  expect(weir.output).toContain('WEIR_FIRST_KEY holds no virtual key: one is sk-weir-, 8 lower case letters');
  expect(weir.output).not.toContain('canary');
  expect(weir.output).not.toContain('started pid');
});
