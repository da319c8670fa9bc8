import { randomBytes } from 'node:crypto';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { readBudget, writeBudget } from '@weir/contracts/admin/budgets';
import { attentionNeeded, thresholdReached } from '@weir/contracts/cost/alerts';
import type { Scope } from '@weir/contracts/cost/limits';
import { MasterKeys } from '@weir/service-kit/crypto/master-keys';
import { testMasterKey } from '@weir/testkit/gateway';
import { eventually } from '@weir/testkit/eventually';
import { FakeClock } from '@weir/testkit/fake-clock';
import type { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createAlerts, type ThresholdAlert } from '../../src/alerts/budget-alerts.ts';
import {
  connectDatabase,
  publishTenants,
  type Servers,
  startCost,
  startServers,
  TestAdmin,
} from '../budgets/harness.ts';
import { isSignedWith, startReceiver } from './webhook-receiver.ts';

let servers: Servers;
let service: Awaited<ReturnType<typeof startCost>>;
let admin: TestAdmin;
let database: Client;
let nats: NatsConnection;
let receiver: Awaited<ReturnType<typeof startReceiver>>;
const clock = new FakeClock(Date.now());
const secret = 'a-secret-of-32-characters-or-more';
let windowStartMs = Date.UTC(2026, 0, 1);

beforeAll(async () => {
  [servers, receiver] = await Promise.all([startServers(), startReceiver()]);
  service = await startCost(servers, { clock, settings: { WEIR_ALLOWED_HOSTS: receiver.host } });
  await publishTenants(service.bus);
  admin = new TestAdmin(service.bus);
  database = await connectDatabase(servers.postgres.url);
  nats = await connect({ servers: servers.nats.url });
});

beforeEach(() => {
  receiver.calls.length = 0;
  receiver.answer = () => 200;
  windowStartMs += 86_400_000;
});

afterAll(async () => {
  await service.stop();
  await nats.close();
  await database.end();
  receiver.close();
  await servers.close();
});

const key = { scope: 'key', id: 'default0' } as const;
const limits = [{ unit: 'usd', limit: '10', window: 'day' } as const];

async function setWebhooks(
  scope: { scope: Scope['kind']; id: string },
  paths: readonly string[],
): Promise<void> {
  const webhooks = paths.map((path) => ({ url: `http://${receiver.host}${path}`, secret }));
  await admin.ask(writeBudget, { ...scope, limits, sealedAlerts: await admin.seal({ webhooks }) });
}

function alertOf(scope: Scope, organisation?: string): ThresholdAlert {
  return {
    scope,
    ...(organisation !== undefined && { organisation }),
    limit: { unit: 'usd', limit: '10', window: 'day', model: '*', hard: true },
    thresholdPercent: 80,
    usedNanoUsd: 8_100_000_000,
    limitNanoUsd: 10_000_000_000,
    windowStartMs,
    resetAtMs: windowStartMs + 86_400_000,
  };
}

const reach = (scope: Scope, organisation?: string) => {
  createAlerts(service.bus).reached(alertOf(scope, organisation));
};
const reachKey = () => {
  reach({ kind: 'key', id: 'default0' }, 'default');
};

/** Calls that are neither made nor given up. */
async function waiting(): Promise<number> {
  return (await database.query('select from webhook_calls where ended_at is null')).rowCount ?? 0;
}

test('a threshold that is reached is told the webhook, signed, as a CloudEvent with amounts in dollars', async () => {
  await setWebhooks(key, ['/alerts?team=1']);
  reachKey();
  await eventually(() => {
    expect(receiver.calls).toHaveLength(1);
  });
  const [call] = receiver.calls;
  expect(call).toMatchObject({ path: '/alerts?team=1', contentType: 'application/cloudevents+json' });
  expect(call && isSignedWith(secret, call, clock.nowMs() / 1_000)).toBe(true);
  expect(call && isSignedWith('another-secret', call, clock.nowMs() / 1_000)).toBe(false);
  expect(JSON.parse(call?.body ?? '')).toMatchObject({
    specversion: '1.0',
    source: '/weir/cost',
    type: thresholdReached.subject,
    data: {
      message: expect.stringContaining('key/default0 has used $8.1 of $10 (a day)') as unknown,
      scope: 'key',
      id: 'default0',
      organisation_id: 'default',
      threshold_percent: 80,
      used_usd: '8.1',
      limit_usd: '10',
    },
  });
});

test('a threshold that is told twice calls the webhook once', async () => {
  await setWebhooks(key, ['/once']);
  reachKey();
  reachKey();
  createAlerts(service.bus).reached({
    ...alertOf({ kind: 'key', id: 'default0' }, 'default'),
    thresholdPercent: 95,
  });
  await eventually(async () => {
    expect(receiver.calls.length).toBeGreaterThanOrEqual(2);
    expect(await waiting()).toBe(0);
  });
  expect(receiver.calls).toHaveLength(2);
});

test('who has no webhooks of their own has the organisation told, and without its webhooks the installation', async () => {
  await setWebhooks({ scope: 'installation', id: 'all' }, ['/installation']);
  await setWebhooks({ scope: 'organisation', id: 'acme' }, ['/acme']);
  reach({ kind: 'team', id: 'acme-team' }, 'acme');
  reach({ kind: 'team', id: 'default-team' }, 'default');
  createAlerts(service.bus).notify({ about: 'ledger.drift', message: 'The ledger and Redis differ by $1.' });
  await eventually(() => {
    expect(receiver.calls.map(({ path }) => path).toSorted()).toEqual([
      '/acme',
      '/installation',
      '/installation',
    ]);
  });
  const told = receiver.calls.map(({ body }) => JSON.parse(body) as { type: string; data: object });
  expect(told.find(({ type }) => type === attentionNeeded.subject)?.data).toEqual({
    about: 'ledger.drift',
    message: 'The ledger and Redis differ by $1.',
    details: {},
  });
});

test('a webhook that fails is called again, later each time, with the same event', async () => {
  await setWebhooks(key, ['/fails']);
  receiver.answer = () => (receiver.calls.length < 3 ? 500 : 204);
  reachKey();
  for (const count of [1, 2, 3]) {
    await eventually(() => {
      expect(receiver.calls).toHaveLength(count);
    });
    await settled();
    expect(await waiting()).toBe(count === 3 ? 0 : 1);
    clock.advance(1_000);
    await settled();
    expect(receiver.calls).toHaveLength(count);
    clock.advance(9_000);
  }
  expect(new Set(receiver.calls.map(({ body }) => body)).size).toBe(1);
});

/** Until what came of a call is kept. */
async function settled(): Promise<void> {
  await eventually(async () => {
    const { rowCount } = await database.query(
      "select from webhook_calls where ended_at is null and due_at - $1::timestamptz > interval '50 s'",
      [new Date(clock.nowMs())],
    );
    expect(rowCount).toBe(0);
  });
}

test('a webhook that is slow holds up no other', async () => {
  await setWebhooks(key, ['/never', '/quick']);
  receiver.answer = (path) => (path === '/never' ? undefined : 200);
  reachKey();
  await eventually(() => {
    expect(receiver.calls.map(({ path }) => path).toSorted()).toEqual(['/never', '/quick']);
  });
  windowStartMs += 1;
  reachKey();
  await eventually(() => {
    expect(receiver.calls.filter(({ path }) => path === '/quick')).toHaveLength(2);
  });
  expect(receiver.calls.filter(({ path }) => path === '/never')).toHaveLength(1);
  // What waits for the slow one is called when it has answered.
  receiver.answer = () => 200;
  receiver.release();
  await eventually(async () => {
    expect(receiver.calls.filter(({ path }) => path === '/never')).toHaveLength(2);
    expect(await waiting()).toBe(0);
  });
});

test('a webhook that is gone for a day is given up, and is a dead letter that can be replayed', async () => {
  await setWebhooks(key, ['/gone']);
  receiver.answer = () => 500;
  reachKey();
  await eventually(() => {
    expect(receiver.calls).toHaveLength(1);
  });
  await settled();
  clock.advance(86_400_000);
  await eventually(async () => {
    expect(await waiting()).toBe(0);
    const letters = await nats.request('$JS.API.STREAM.INFO.WEIR_DEAD_LETTERS', '', { timeout: 1_000 });
    expect(letters.json()).toMatchObject({ state: { messages: 1 } });
  }, 20_000);
  // The URL may be a secret: neither calls nor dead letters have it.
  const { rows } = await database.query('select webhook_calls::text as text from webhook_calls');
  const letter = await nats.request('$JS.API.STREAM.MSG.GET.WEIR_DEAD_LETTERS', '{"seq":1}', {
    timeout: 1_000,
  });
  const { message } = letter.json<{ message: { data: string } }>();
  const kept = [JSON.stringify(rows), Buffer.from(message.data, 'base64').toString()].join();
  expect(kept).toContain(receiver.host);
  expect(kept).not.toContain('/gone');
});

test('a webhook that nobody wants any more is not called', async () => {
  await setWebhooks(key, ['/unwanted']);
  receiver.answer = () => 500;
  reachKey();
  await eventually(() => {
    expect(receiver.calls).toHaveLength(1);
  });
  await settled();
  await setWebhooks(key, []);
  clock.advance(10_000);
  await eventually(async () => {
    expect(await waiting()).toBe(0);
  });
  expect(receiver.calls).toHaveLength(1);
});

test('URL and secret of a webhook are kept where its id or URL is given alone, are encrypted, and are in no reply', async () => {
  await setWebhooks(key, ['/kept']);
  const url = `http://${receiver.host}/kept`;
  const sealedAlerts = await admin.seal({ webhooks: [{ url }] });
  const written = await admin.ask(writeBudget, { ...key, limits, sealedAlerts });
  expect(written.alerts).toEqual({ webhooks: [{ id: expect.any(String) as unknown, host: receiver.host }] });
  const [webhook] = written.alerts.webhooks;
  const byId = await admin.seal({ webhooks: [{ id: webhook?.id }] });
  expect((await admin.ask(writeBudget, { ...key, limits, sealedAlerts: byId })).alerts).toEqual(
    written.alerts,
  );
  // Nor do other changes touch it.
  await admin.ask(writeBudget, { ...key, limits: [] });
  reachKey();
  await eventually(() => {
    expect(receiver.calls).toHaveLength(1);
  });
  const [call] = receiver.calls;
  expect(call && isSignedWith(secret, call, clock.nowMs() / 1_000)).toBe(true);
  const { rows } = await database.query('select webhooks::text as text from user_budgets');
  const shown = JSON.stringify([rows, written, await admin.ask(readBudget, key)]);
  expect(shown).not.toContain(secret);
  expect(shown).not.toContain('/kept');
  const added = await admin.seal({ webhooks: [{ url: `${url}-new` }] });
  await expect(admin.ask(writeBudget, { ...key, limits, sealedAlerts: added })).rejects.toMatchObject({
    code: 'invalid_request',
    details: { param: 'alerts.webhooks[0].secret' },
  });
});

test('secrets are encrypted anew with the newest master key, and are the same', async () => {
  await setWebhooks(key, ['/rotated']);
  const former = new MasterKeys([Buffer.from(testMasterKey, 'base64url')]).ids[0];
  const newest = randomBytes(32).toString('base64url');
  const rotated = await startCost(servers, {
    settings: { WEIR_MASTER_KEYS: `${newest} ${testMasterKey}`, WEIR_ALLOWED_HOSTS: receiver.host },
  });
  await eventually(async () => {
    const { rows } = await database.query('select webhooks::text as text from user_budgets');
    expect(JSON.stringify(rows)).not.toContain(former);
  });
  await rotated.stop();
  await service.stop();
  service = await startCost(servers, {
    clock,
    settings: { WEIR_MASTER_KEYS: newest, WEIR_ALLOWED_HOSTS: receiver.host },
  });
  admin = new TestAdmin(service.bus);
  reachKey();
  await eventually(() => {
    expect(receiver.calls.map((call) => isSignedWith(secret, call, clock.nowMs() / 1_000))).toEqual([true]);
  });
});

test.each([
  'https://user:password@hooks.example.org/x',
  'http://127.0.0.1:1/',
  'https://10.0.0.1/',
  'http://example.com/',
  'https://metadata.internal/',
])('a webhook at %s is refused, unless the operator allows it', async (url) => {
  const sealedAlerts = await admin.seal({ webhooks: [{ url, secret }] });
  await expect(admin.ask(writeBudget, { ...key, limits, sealedAlerts })).rejects.toMatchObject({
    code: 'host_not_allowed',
    details: { param: 'alerts.webhooks[0].url' },
  });
});
