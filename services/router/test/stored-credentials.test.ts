import { setImmediate } from 'node:timers/promises';
import { connect } from '@nats-io/transport-node';
import { dryRunRouting } from '@weir/contracts/admin/dry-run-routing';
import { listModels } from '@weir/contracts/router';
import { routerStatus } from '@weir/contracts/routing/insight';
import { attemptMade } from '@weir/contracts/usage-events';
import { testEnvelope } from '@weir/testkit/envelope';
import { eventually } from '@weir/testkit/eventually';
import { type FakeProvider, startFakeProvider } from '@weir/testkit/providers/fake-provider';
import { storedEvents } from '@weir/testkit/stored-events';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { startRouterWithKeys } from './router-service.ts';

let provider: FakeProvider;
beforeAll(async () => {
  provider = await startFakeProvider();
});
afterAll(() => provider.close());
beforeEach(() => {
  provider.reset();
});

const acme = { tenant: 'acme' };
const rival = { tenant: 'rival' };
const model = 'gpt-5-mini';

/** OpenAI at the fake's address, without a key in the environment. */
const startRouter = (level?: string) =>
  startRouterWithKeys({ OPENAI_BASE_URL: provider.openaiBaseUrl }, level);

const chats = () => provider.requests.filter(({ method }) => method === 'POST');
const lastKey = () => chats().at(-1)?.headers.authorization;

test('a stored credential makes a provider usable and listed for its organisation alone, for as long as it is there', async () => {
  const { complete, storeKey, deleteKey, requester } = await startRouter();
  const list = async (envelope: object) => {
    const { data } = await requester.request(listModels, {}, { ...testEnvelope(), ...envelope });
    return data.map(({ id }) => id);
  };
  expect((await complete(model, acme)).fault?.code).toBe('model_not_found');
  expect(await list(acme)).toEqual([]);

  await storeKey('own', 'sk-of-acme', { organisation: 'acme' });
  await eventually(async () => {
    expect((await complete(model, acme)).fault).toBeUndefined();
  }, 1_000);
  expect(lastKey()).toBe('Bearer sk-of-acme');
  expect(await list(acme)).toContain(model);
  await eventually(() => {
    const listings = provider.requests.filter(({ path }) => path === '/v1/models');
    expect(listings.map(({ headers }) => headers.authorization)).toEqual(['Bearer sk-of-acme']);
  });
  expect((await complete(model, rival)).fault?.code).toBe('model_not_found');
  expect((await complete(`openai/${model}`, rival)).fault?.code).toBe('model_not_found');
  expect(await list(rival)).toEqual([]);

  await storeKey('shared', 'sk-of-all');
  await eventually(async () => {
    expect((await complete(model, rival)).fault).toBeUndefined();
  }, 1_000);
  expect(lastKey()).toBe('Bearer sk-of-all');
  await complete(model, acme);
  expect(lastKey()).toBe('Bearer sk-of-acme');

  await deleteKey('own');
  await deleteKey('shared');
  await eventually(async () => {
    expect((await complete(model, acme)).fault?.code).toBe('model_not_found');
    expect(await list(rival)).toEqual([]);
  }, 1_000);
});

test('while requests run, a replaced key is used no longer than a second, and a revoked one either', async () => {
  const { complete, storeKey, deleteKey } = await startRouter();
  await storeKey('own', 'sk-1');
  await eventually(async () => {
    expect((await complete(model)).fault).toBeUndefined();
  });
  let isOver = false;
  const faults: { atMs: number; code: string }[] = [];
  const load = Array.from({ length: 8 }, async () => {
    while (!isOver) {
      const { fault } = await complete(model);
      if (fault) faults.push({ atMs: Date.now(), code: fault.code });
      await setImmediate();
    }
  });
  for (let version = 2; version <= 4; version++) {
    await storeKey('own', `sk-${version}`, { version });
    const acknowledgedAtMs = Date.now();
    await eventually(() => {
      expect(lastKey()).toBe(`Bearer sk-${version}`);
    }, 1_000);
    const seen = chats().length;
    await eventually(() => {
      expect(chats().length).toBeGreaterThan(seen + 50);
    });
    const late = chats().filter(({ startedAt }) => startedAt > acknowledgedAtMs + 1_000);
    expect(late.filter(({ headers }) => headers.authorization !== `Bearer sk-${version}`)).toEqual([]);
  }
  expect(faults).toEqual([]);
  await deleteKey('own');
  const revokedAtMs = Date.now();
  await eventually(() => {
    expect(faults.length).toBeGreaterThan(20);
  });
  isOver = true;
  await Promise.all(load);
  expect(chats().filter(({ startedAt }) => startedAt > revokedAtMs + 1_000)).toEqual([]);
});

test('with the keys service away requests go on for ten minutes, then fail, and their provider is not to blame', async () => {
  const { complete, storeKey, keysBus, advance, requester } = await startRouter();
  await storeKey('own', 'sk-1');
  await eventually(async () => {
    expect((await complete(model)).fault).toBeUndefined();
  });
  await keysBus.drain();
  for (const ms of [60_000, 240_000, 290_000]) {
    advance(ms);
    expect((await complete(model)).fault).toBeUndefined();
  }
  const asked = chats().length;
  advance(20_000);
  const { fault } = await complete(model);
  expect(fault).toMatchObject({
    code: 'no_target_available',
    message: "The gateway cannot read the key of this provider's credential at the moment.",
  });
  expect(chats()).toHaveLength(asked);
  const { targets } = await requester.request(routerStatus, {}, testEnvelope());
  expect(targets.filter(({ state }) => state !== 'closed')).toEqual([]);
});

test('where the key of one credential cannot be had another one is used', async () => {
  const env = {
    OPENAI_BASE_URL: provider.openaiBaseUrl,
    ANTHROPIC_API_KEY: 'sk-env',
    ANTHROPIC_BASE_URL: provider.url,
  };
  const { complete, storeKey, deleteKey, keys } = await startRouterWithKeys(env);
  await storeKey('a', 'sk-a');
  await storeKey('b', 'sk-b');
  keys.delete('a');
  await eventually(async () => {
    for (let time = 0; time < 4; time++) expect((await complete(model)).fault).toBeUndefined();
  });
  expect(new Set(chats().map(({ headers }) => headers.authorization))).toEqual(new Set(['Bearer sk-b']));
  await deleteKey('b');
  await eventually(async () => {
    expect((await complete(model)).fault?.code).toBe('no_target_available');
  });
});

test('whose key a request was made with, and which credential it took, is kept with its usage', async () => {
  const { complete, storeKey, nats } = await startRouter();
  await storeKey('own', 'sk-1', { organisation: 'acme' });
  const caller = { keyId: 'abcd1234', teamId: 'search', userId: 'ana', tags: ['batch'] };
  await eventually(async () => {
    expect((await complete(model, { ...acme, caller })).fault).toBeUndefined();
  });
  const reader = await connect({ servers: new URL(nats.url).host });
  await eventually(async () => {
    const [event] = await storedEvents(reader, attemptMade);
    expect(event?.data).toMatchObject({ tenant: 'acme', ...caller, credential: 'own' });
  });
  await reader.close();
});

test('a real key is in no message on the bus, no log line, no fault and no dry run', async () => {
  let seen = '';
  const written = vi.spyOn(process.stdout, 'write').mockImplementation((line) => {
    seen += String(line);
    return true;
  });
  try {
    const canary = 'sk-canary-of-the-vault-0001';
    const { complete, storeKey, keys, nats, requester } = await startRouter('trace');
    const spy = await connect({ servers: new URL(nats.url).host });
    spy.subscribe('>', {
      callback: (_error, message) => {
        seen += message.string() + JSON.stringify([...(message.headers ?? [])]);
      },
    });
    await spy.flush();
    await storeKey('own', canary);
    await eventually(async () => {
      expect((await complete(model)).fault).toBeUndefined();
    });
    expect(lastKey()).toBe(`Bearer ${canary}`);
    provider.script({ fault: { kind: 'invalid_key' }, times: 1 });
    seen += JSON.stringify((await complete(model)).fault?.toData());
    keys.set('own', `${canary}\r\nx: y`, 2);
    await storeKey('own', `${canary} again`, { version: 2 });
    await eventually(async () => {
      const { fault } = await complete(model);
      expect(fault?.code).toBe('no_target_available');
      seen += JSON.stringify(fault?.toData());
    });
    seen += JSON.stringify(await requester.request(dryRunRouting, { request: { model } }, testEnvelope()));
    seen += JSON.stringify(await requester.request(routerStatus, {}, testEnvelope()));
    await spy.close();
    expect(seen.length).toBeGreaterThan(1_000);
    expect(seen).not.toContain(canary.slice(0, -4));
  } finally {
    written.mockRestore();
  }
});
