import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createAdminKey } from '@weir/contracts/admin/admin-keys';
import { verifyAudit } from '@weir/contracts/admin/audit';
import { checkCredential, createCredential, updateCredential } from '@weir/contracts/admin/credentials';
import { createKey, importKeys, rotateKey } from '@weir/contracts/admin/virtual-keys';
import { installationOf } from '@weir/keys/vault/installation';
import { freePort } from '@weir/local-servers/port';
import { MasterKeys } from '@weir/service-kit/crypto/master-keys';
import { eventually } from '@weir/testkit/eventually';
import { startGateway } from '@weir/testkit/gateway';
import { startFakeProvider } from '@weir/testkit/providers/fake-provider';
import { Client } from 'pg';
import { expect, test } from 'vitest';
import { adminOf, askAdmin } from './helpers/admin.ts';
import { ask } from './helpers/ask.ts';
import {
  everyCommandLine,
  everyFile,
  everyRow,
  everyStoredMessage,
  findSecrets,
  type Places,
} from './helpers/every-place.ts';
import { startIngress } from './helpers/ingresses.ts';
import { recordBus } from './helpers/raw-nats.ts';

const random = () => randomBytes(32).toString('base64url');
const newVirtualKey = () => `sk-weir-canary00-${random()}`;

/** Of a key, the part that nobody may read. */
const secretOf = (key: string) => key.slice(-43);

test('planted secrets are in no table, no message, no log, no metric, no answer and no command line', async () => {
  const masterKey = random();
  const planted = {
    'the master key': masterKey,
    'the first virtual key': random(),
    "the environment's admin key": `weir-admin-canary-${random()}`,
    "the environment's provider key": `sk-canary-environment-${random()}`,
    'a stored provider key': `sk-canary-stored-${random()}`,
    'a replaced provider key': `sk-canary-replaced-${random()}`,
    'a guessed key': random(),
  };
  const provider = await startFakeProvider({ errorQuote: planted['a stored provider key'] });
  const ops = { keys: await freePort(), router: await freePort(), ingress: await freePort() };
  const opsOf = (service: keyof typeof ops) => ({ WEIR_OPS_PORT: String(ops[service]), LOG_LEVEL: 'trace' });
  const settings = {
    keys: {
      WEIR_MASTER_KEYS: masterKey,
      WEIR_FIRST_KEY: `sk-weir-canary00-${planted['the first virtual key']}`,
      ...opsOf('keys'),
    },
    router: {
      WEIR_MASTER_KEYS: masterKey,
      OPENAI_BASE_URL: provider.openaiBaseUrl,
      ANTHROPIC_API_KEY: planted["the environment's provider key"],
      ANTHROPIC_BASE_URL: provider.url,
      ...opsOf('router'),
    },
    ingress: { WEIR_ADMIN_KEY: planted["the environment's admin key"], ...opsOf('ingress') },
  };
  const gateway = await startGateway({
    nats: 'open',
    guardrails: { WEIR_MASTER_KEYS: masterKey },
    ...settings,
  });
  const bus = await recordBus(gateway.nats);
  try {
    // One more of each, so that what they ask for at their start is heard too.
    for (const service of ['keys', 'router'] as const) {
      await gateway.startReplica(service, { ...settings[service], WEIR_OPS_PORT: String(await freePort()) });
    }
    const late = await startIngress(gateway, {
      ...settings.ingress,
      WEIR_OPS_PORT: String(await freePort()),
    });

    const admin = adminOf(gateway.url, planted["the environment's admin key"]);
    const created = await admin.call(createKey, { name: 'canary', idempotencyKey: 'once' });
    const rotated = await admin.call(rotateKey, { id: created.id, grace_seconds: 60 });
    const imported = await admin.call(importKeys, { format: 'jsonl', content: '{"name":"imported"}' });
    const adminKey = await admin.call(createAdminKey, { name: 'canary', scopes: ['read'] });
    const stored = { name: 'canary', provider: 'openai', api_key: planted['a stored provider key'] };
    const { id } = await admin.call(createCredential, stored);
    const secrets = {
      ...planted,
      'a created key': secretOf(created.key),
      'a rotated key': secretOf(rotated.key),
      'an imported key': secretOf(imported.data[0]?.key ?? ''),
      'a created admin key': secretOf(adminKey.key),
      ...(await secretsOfInstallation(gateway.databaseUrl, masterKey)),
    };
    expect(Object.values(secrets).filter((secret) => secret.length < 40)).toEqual([]);

    const answers: Places = [];
    const chat = async (model: string, key: string) => {
      for (const baseUrl of [gateway.baseUrl, late])
        answers.push([`an answer to ${model}`, (await ask(baseUrl, { model, key })).raw]);
    };
    const firstKey = settings.keys.WEIR_FIRST_KEY;
    await chat('openai/gpt-5-mini', created.key);
    await chat('claude-sonnet-4-6', rotated.key);
    await chat('no-such-model', firstKey);
    await chat('openai/gpt-5-mini', newVirtualKey().slice(0, -43) + planted['a guessed key']);
    provider.script({ fault: { kind: 'invalid_key' } });
    await chat('openai/gpt-5-mini', firstKey);
    await admin.call(checkCredential, { id });
    await admin.call(updateCredential, { id, api_key: planted['a replaced provider key'] });
    const headers = { authorization: `Bearer ${adminKey.key}` };
    for (const [method, path] of [
      ['GET', '/keys'],
      ['GET', `/keys/${created.id}`],
      ['GET', '/credentials'],
      ['GET', '/admin-keys'],
      ['GET', '/audit'],
      ['GET', '/status'],
    ] as const) {
      const own = { headers: { authorization: `Bearer ${planted["the environment's admin key"]}` } };
      answers.push([path, (await askAdmin(gateway.url, method, path, own)).text]);
      answers.push([`${path} of a reader`, (await askAdmin(gateway.url, method, path, { headers })).text]);
    }
    await eventually(async () => {
      expect(await admin.call(verifyAudit, {})).toMatchObject({ intact: true });
    });

    const metrics = await Promise.all(
      Object.entries(ops).map(async ([service, port]): Promise<Places[number]> => [
        `metrics of ${service}`,
        await (await fetch(`http://127.0.0.1:${port}/metrics`)).text(),
      ]),
    );
    const [rows, messages] = [
      await everyRow(gateway.databaseUrl),
      await everyStoredMessage(gateway.nats.url),
    ];
    const tables = new Set(rows.map(([table]) => table));
    expect([...tables]).toEqual(
      expect.arrayContaining([
        'keys.virtual_key_secrets',
        'keys.provider_keys',
        'keys.audit_log',
        'keys.admin_keys',
      ]),
    );
    const heard = bus.heard.map((message): Places[number] => [
      `message ${message.split('\n', 1)[0]}`,
      message,
    ]);
    expect(heard.map(([place]) => place)).toEqual(
      expect.arrayContaining([
        'message weir.v1.keys.create-credential',
        'message weir.v1.keys.get-real-key',
        'message weir.v1.keys.verification-key',
        'message weir.v1.keys.create-key',
      ]),
    );
    expect(new Set(messages.map(([place]) => place.split(' ')[0]))).toContain('KV_weir-virtual-keys');
    const logs = gateway.log().map((line): Places[number] => ['the log', line]);
    const places = [
      ...rows,
      ...messages,
      ...heard,
      ...logs,
      ...metrics,
      ...answers,
      ...(await everyCommandLine()),
    ];
    expect([...new Set(findSecrets(places, secrets))]).toEqual([]);
    // Where it has to be, it is found.
    const sent = provider.requests.map(({ headers }): Places[number] => [
      'the provider',
      JSON.stringify(headers),
    ]);
    expect(findSecrets(sent, secrets)).toEqual(
      expect.arrayContaining([
        'a stored provider key in the provider',
        "the environment's provider key in the provider",
      ]),
    );
  } finally {
    await bus.stop();
    await gateway.close();
    await provider.close();
  }
}, 120_000);

test('of all files that npm start keeps, each key is in the one that is meant to hold it, and in no other', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'weir-state-'));
  const port = await freePort();
  const main = fileURLToPath(new URL('../infra/launcher/src/main.ts', import.meta.url));
  const weir = spawn(process.execPath, [main], {
    env: { PATH: process.env['PATH'], WEIR_PORT: String(port), WEIR_STATE_DIR: folder },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  for (const stream of [weir.stdout, weir.stderr]) stream?.on('data', (chunk) => (output += String(chunk)));
  try {
    await eventually(() => {
      expect(output).toContain('\nWeir is ready');
    }, 60_000);
    const kept = async (file: string) => (await readFile(join(folder, file), 'utf8')).trim();
    const [masterKey, firstKey, adminKey] = [
      await kept('master-keys'),
      await kept('first-key'),
      await kept('admin-key'),
    ];
    const url = `http://127.0.0.1:${port}`;
    const admin = adminOf(url, adminKey);
    const { key } = await admin.call(createKey, { name: 'canary' });
    for (const one of [firstKey, key])
      expect((await ask(`${url}/v1`, { model: 'gpt-5-mini', key: one })).status).toBe(200);
    expect(output).toContain(firstKey);
    // From here on it is the real provider that answers.
    const stored = `sk-canary-stored-${random()}`;
    await admin.call(createCredential, { name: 'canary', provider: 'openai', api_key: stored });

    const ended = once(weir, 'exit');
    weir.disconnect();
    await ended;
    const secrets = {
      'the master key': masterKey,
      'the first key': secretOf(firstKey),
      'the admin key': secretOf(adminKey),
      'a created key': secretOf(key),
      'a stored provider key': stored,
    };
    const files = await everyFile(folder);
    expect(files.map(([file]) => file.split('/')[0])).toEqual(expect.arrayContaining(['nats', 'postgres']));
    expect(findSecrets(files, secrets).sort()).toEqual([
      'the admin key in admin-key',
      'the first key in first-key',
      'the master key in master-keys',
    ]);
  } finally {
    weir.kill('SIGKILL');
    // The system may still be ending a process of Postgres, which removes files of its own.
    await rm(folder, { recursive: true, maxRetries: 20, retryDelay: 100 });
  }
}, 120_000);

/** What all keys of the installation are derived from, and the one that the ingresses have in memory. */
async function secretsOfInstallation(
  databaseUrl: string,
  masterKey: string,
): Promise<Record<string, string>> {
  const client = new Client(databaseUrl);
  await client.connect();
  const { rows } = await client.query<{ secret: string }>('select secret from keys.installation');
  await client.end();
  const secret = new MasterKeys([Buffer.from(masterKey, 'base64url')]).decrypt(rows[0]?.secret ?? '');
  const { verificationKey } = installationOf(Buffer.from(secret, 'base64url'));
  return {
    "the installation's secret": secret,
    'the verification key': verificationKey.toString('base64url'),
  };
}
