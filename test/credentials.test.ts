import { randomBytes } from 'node:crypto';
import type { AdminClient } from '@weir/admin-client/admin-client';
import {
  checkCredential,
  createCredential,
  deleteCredential,
  listCredentials,
  updateCredential,
} from '@weir/contracts/admin/credentials';
import { createOrganisation } from '@weir/contracts/admin/organisations';
import { writeConfig } from '@weir/contracts/admin/routing-configs';
import { createKey } from '@weir/contracts/admin/virtual-keys';
import { eventually } from '@weir/testkit/eventually';
import { startGateway, testKey, testMasterKey, type Gateway } from '@weir/testkit/gateway';
import { startFakeProvider, type FakeProvider } from '@weir/testkit/providers/fake-provider';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { adminOf } from './helpers/admin.ts';
import { ask, type Question } from './helpers/ask.ts';
import { models } from './helpers/gateway-fixture.ts';

let provider: FakeProvider;
let gateway: Gateway;
let admin: AdminClient;
async function start() {
  provider = await startFakeProvider();
  // Nobody's key is in the environment but Anthropic's.
  gateway = await startGateway({
    router: {
      OPENAI_BASE_URL: provider.openaiBaseUrl,
      ANTHROPIC_BASE_URL: provider.url,
      ANTHROPIC_API_KEY: 'sk-of-the-environment',
    },
  });
  admin = adminOf(gateway.url);
}

async function stop() {
  await gateway.close();
  await provider.close();
}

/** With which real key the provider was asked; or why it was not. */
async function realKeyFor(question: Partial<Question> = {}): Promise<string> {
  const { status, code } = await ask(gateway.baseUrl, { model: 'openai/gpt-5-mini', ...question });
  if (code !== undefined) return `${status} ${code}`;
  const headers = provider.requests.filter(({ method }) => method === 'POST').at(-1)?.headers;
  const key = headers?.['x-api-key'] ?? headers?.authorization?.replace('Bearer ', '');
  return String(key);
}

const shortly = (key: string | RegExp, question?: Partial<Question>) =>
  eventually(async () => {
    expect(await realKeyFor(question)).toMatch(key);
  }, 1_000);

const store = (name: string, api_key: string, more: object = {}) =>
  admin.call(createCredential, { name, provider: 'openai', api_key, ...more });

const inUse = async (question?: Partial<Question>) =>
  new Set(await Promise.all(Array.from({ length: 8 }, () => realKeyFor(question))));

describe('while the keys service stays', () => {
  beforeAll(start);
  afterAll(stop);
  afterEach(async () => {
    provider.reset();
    const { data } = await admin.call(listCredentials, {});
    for (const credential of data)
      if (credential.source === 'stored') await admin.call(deleteCredential, { id: credential.id });
  });

  test('a stored credential is used by itself, and by configs that name it, until it is replaced, disabled or deleted', async () => {
    const { id } = await store('main', 'sk-stored-first');
    await shortly('sk-stored-first');
    await store('second', 'sk-stored-second');
    await admin.call(writeConfig, { name: 'by-name', config: { virtual_key: 'second' } });
    await shortly('sk-stored-second', { config: 'by-name' });

    await admin.call(updateCredential, { id, api_key: 'sk-stored-replaced' });
    await eventually(async () => {
      expect(await inUse()).not.toContain('sk-stored-first');
    }, 1_000);
    await admin.call(updateCredential, { id, enabled: false });
    await eventually(async () => {
      expect(await inUse()).toEqual(new Set(['sk-stored-second']));
    }, 1_000);
    await admin.call(updateCredential, { id, enabled: true });
    await admin.call(deleteCredential, { id });
    await eventually(async () => {
      expect(await inUse()).toEqual(new Set(['sk-stored-second']));
    }, 1_000);
  });

  test('credentials of the environment are listed as such, beside those that are stored', async () => {
    await store('main', 'sk-stored-listed');
    // A router tells of those of the environment when it has started.
    const data = await eventually(async () => {
      const { data } = await admin.call(listCredentials, {});
      expect(data).toMatchObject([
        { source: 'environment', provider: 'anthropic', variable: 'ANTHROPIC_API_KEY', last_four: 'ment' },
        { source: 'stored', provider: 'openai', name: 'main', last_four: 'sted' },
      ]);
      return data;
    });
    expect(JSON.stringify(data)).not.toContain('sk-stored-listed');
  });

  test("an organisation uses its own credentials before shared ones, and never another's", async () => {
    const keys = await Promise.all(
      ['left', 'right'].map(async (id) => {
        await admin.call(createOrganisation, { id, name: id });
        const { key } = await admin.call(createKey, { name: id, organisation_id: id, inline_configs: true });
        return key;
      }),
    );
    const [left = '', right = ''] = keys;
    await store('shared', 'sk-shared');
    await store('own', 'sk-of-the-left', { organisation_id: 'left' });
    await shortly('sk-of-the-left', { key: left });
    expect(await inUse({ key: left })).toEqual(new Set(['sk-of-the-left']));
    expect(await inUse({ key: right })).toEqual(new Set(['sk-shared']));
    const named = { virtual_key: 'own' };
    expect(await realKeyFor({ key: left, config: named })).toBe('sk-of-the-left');
    expect(await realKeyFor({ key: right, config: named })).toMatch(/^4\d\d /);
  });

  test('a check tells whether the provider takes a credential, and costs no token', async () => {
    const { id } = await store('checked', 'sk-to-be-checked');
    expect(await admin.call(checkCredential, { id })).toMatchObject({
      id,
      provider: 'openai',
      accepted: true,
    });
    provider.script({ fault: { kind: 'invalid_key' } });
    expect(await admin.call(checkCredential, { id })).toMatchObject({ accepted: false });
    expect(provider.requests.map(({ method, path }) => `${method} ${path}`)).not.toContain(
      'POST /v1/chat/completions',
    );
  });

  test('a keys service with another master key does not start, and says what to do', async () => {
    const other = { WEIR_MASTER_KEYS: randomBytes(32).toString('base64url') };
    await expect(gateway.startReplica('keys', other)).rejects.toThrow(
      /exited with 1 before it was ready[^]*the master keys are not those/,
    );
    expect((await ask(gateway.baseUrl, { model: models.anthropic, key: testKey })).status).toBe(200);
  });
});

describe('when another takes its place', () => {
  beforeEach(start);
  afterEach(stop);

  test('a token that was moved to the row of another credential is not used', async () => {
    const [one, other] = [await store('one', 'sk-of-one'), await store('other', 'sk-of-the-other')];
    await inDatabase(
      `update keys.provider_keys a set token = b.token, version = a.version + 1
       from keys.provider_keys b where a.id <> b.id and a.id in ('${one.id}', '${other.id}')`,
    );
    const late = await gateway.startReplica('keys', {});
    await gateway.keys.stop();
    for (const name of ['one', 'other']) {
      await eventually(async () => {
        expect(await realKeyFor({ config: { virtual_key: name } })).toMatch(/^50\d /);
      }, 2_000);
    }
    expect(late.log.join('\n')).toContain(one.id);
  });

  test('a new master key takes the place of the old one while requests are served', async () => {
    await store('kept', 'sk-kept-through-it');
    await shortly('sk-kept-through-it');
    const newest = randomBytes(32).toString('base64url');
    const both = { WEIR_MASTER_KEYS: `${newest},${testMasterKey}` };
    const seen: string[] = [];
    const stop = new AbortController();
    const load = (async () => {
      while (!stop.signal.aborted) seen.push(await realKeyFor());
    })();
    const successor = await gateway.startReplica('keys', both);
    await gateway.keys.stop();
    await eventually(async () => {
      const ids = await inDatabase(
        'select master_key_id from keys.provider_keys union select master_key_id from keys.installation',
      );
      expect(ids).toHaveLength(1);
    }, 10_000);
    await gateway.startReplica('keys', { WEIR_MASTER_KEYS: newest });
    await successor.stop();
    expect((await admin.call(createKey, { name: 'after' })).key).toMatch(/^sk-weir-/);
    // A router that has never asked for it gets it from the new one.
    await gateway.startReplica('router', { OPENAI_BASE_URL: provider.openaiBaseUrl });
    expect(await inUse()).toEqual(new Set(['sk-kept-through-it']));
    stop.abort();
    await load;
    expect(new Set(seen)).toEqual(new Set(['sk-kept-through-it']));
  }, 60_000);
});

async function inDatabase(statement: string): Promise<unknown[]> {
  const client = new Client(gateway.databaseUrl);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}
