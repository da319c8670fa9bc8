import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { AdminClient } from '@weir/admin-client/admin-client';
import { createOrganisation, updateOrganisation } from '@weir/contracts/admin/organisations';
import {
  createKey,
  deleteKey,
  importKeys,
  readKey,
  revokeKey,
  rotateKey,
  updateKey,
} from '@weir/contracts/admin/virtual-keys';
import { eventually } from '@weir/testkit/eventually';
import { startGateway, type Gateway } from '@weir/testkit/gateway';
import { startFakeProvider, type FakeProvider } from '@weir/testkit/providers/fake-provider';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { adminOf } from './helpers/admin.ts';
import { ask } from './helpers/ask.ts';
import { models, settingsFor } from './helpers/gateway-fixture.ts';
import { startIngress } from './helpers/ingresses.ts';

let provider: FakeProvider;
let gateway: Gateway;
let admin: AdminClient;
/** The base URLs of three ingresses. */
let ingresses: string[];
beforeAll(async () => {
  provider = await startFakeProvider();
  gateway = await startGateway({ router: settingsFor(provider) });
  ingresses = [gateway.baseUrl, ...(await Promise.all([startIngress(gateway), startIngress(gateway)]))];
  admin = adminOf(gateway.url);
});
afterAll(async () => {
  await gateway.close();
  await provider.close();
});

const statusOf = async (key: string, baseUrl = gateway.baseUrl) => {
  const { status, code } = await ask(baseUrl, { model: models.openai, key });
  return code === undefined ? String(status) : `${status} ${code}`;
};

const onAll = (key: string) => Promise.all(ingresses.map((baseUrl) => statusOf(key, baseUrl)));

const everywhere = (status: string) => ingresses.map(() => status);

const refused = '401 invalid_api_key';

test('a key that was made is accepted at once, by every ingress', async () => {
  const { id, key, prefix, secrets, status } = await admin.call(createKey, { name: 'new' });
  expect(await onAll(key)).toEqual(everywhere('200'));
  expect(key.startsWith(`${prefix}-`)).toBe(true);
  expect({ prefix, status }).toEqual({ prefix: `sk-weir-${id}`, status: 'active' });
  expect(secrets).toMatchObject([{ last_four: key.slice(-4), valid_until: null }]);
  expect(JSON.stringify(await admin.call(readKey, { id }))).not.toContain(key.slice(-43));
});

test.each([
  ['authorization', (key: string) => `Bearer ${key}`],
  ['x-api-key', (key: string) => key],
  ['api-key', (key: string) => key],
])('a key is taken from the header %s', async (header, valueOf) => {
  const { key } = await admin.call(createKey, { name: header });
  const askWith = async (value: string) =>
    (await fetch(`${gateway.baseUrl}/models`, { headers: { [header]: value } })).status;
  expect(await askWith(valueOf(key))).toBe(200);
  expect(await askWith(valueOf(key.slice(0, -1)))).toBe(401);
});

test('while the grace period lasts both keys are accepted, and afterwards the new one alone', async () => {
  const { id, key: old } = await admin.call(createKey, { name: 'rotated' });
  const { key, secrets } = await admin.call(rotateKey, { id, grace_seconds: 4 });
  const endsAtMs = Date.parse(secrets[1]?.valid_until ?? '');
  const [oldOnAll, newOnAll] = [await onAll(old), await onAll(key)];
  expect(Date.now()).toBeLessThan(endsAtMs);
  expect({ oldOnAll, newOnAll }).toEqual({ oldOnAll: everywhere('200'), newOnAll: everywhere('200') });
  await delay(endsAtMs - Date.now() + 50);
  expect(await onAll(old)).toEqual(everywhere(refused));
  expect(await onAll(key)).toEqual(everywhere('200'));
});

test('a rotation without a grace period ends the old key within a second', async () => {
  const { id, key: old } = await admin.call(createKey, { name: 'leaked' });
  const { key } = await admin.call(rotateKey, { id, grace_seconds: 0 });
  await eventually(async () => {
    expect(await onAll(old)).toEqual(everywhere(refused));
  }, 1_000);
  expect(await onAll(key)).toEqual(everywhere('200'));
});

test('a second after its revocation was acknowledged no ingress accepts a key, under load', async () => {
  const { id, key } = await admin.call(createKey, { name: 'revoked' });
  expect(await onAll(key)).toEqual(everywhere('200'));
  let stop = false;
  const accepted: number[] = [];
  const load = ingresses.flatMap((baseUrl) =>
    Array.from({ length: 4 }, async () => {
      while (!stop) {
        const startedAtMs = performance.now();
        if ((await statusOf(key, baseUrl)) === '200') accepted.push(startedAtMs);
      }
    }),
  );
  let acknowledgedAtMs: number;
  try {
    await eventually(() => {
      expect(accepted.length).toBeGreaterThan(50);
    });
    await admin.call(revokeKey, { id });
    acknowledgedAtMs = performance.now();
    await delay(1_500);
  } finally {
    stop = true;
    await Promise.all(load);
  }
  const longestMs = Math.max(...accepted) - acknowledgedAtMs;
  console.info(`the last request that was accepted began ${longestMs.toFixed(1)} ms after the revocation`);
  expect(longestMs).toBeLessThan(1_000);
  expect(await onAll(key)).toEqual(everywhere(refused));
});

test('a key that has expired says so, to whoever has it', async () => {
  // Long enough for a busy machine to ask every ingress before.
  const expiresAtMs = Date.now() + 3_000;
  const expires_at = new Date(expiresAtMs).toISOString();
  const { key } = await admin.call(createKey, { name: 'for a while', expires_at });
  expect(await onAll(key)).toEqual(everywhere('200'));
  await delay(expiresAtMs - Date.now() + 50);
  expect(await onAll(key)).toEqual(everywhere('401 expired_api_key'));
  expect(await statusOf(withAnotherSecret(key))).toBe(refused);
});

test('unknown, revoked, deleted and suspended keys, and wrong secrets, are one and the same refusal', async () => {
  const organisation_id = 'suspended';
  await admin.call(createOrganisation, { id: organisation_id, name: 'Suspended' });
  const made = await Promise.all(
    [{}, {}, {}, { organisation_id }].map((fields) => admin.call(createKey, { name: 'k', ...fields })),
  );
  const [live, revoked, deleted, suspended] = made;
  await admin.call(revokeKey, { id: revoked?.id ?? '' });
  await admin.call(deleteKey, { id: deleted?.id ?? '' });
  await admin.call(updateOrganisation, { id: organisation_id, status: 'suspended' });
  const keys = [
    `sk-weir-nobody00-${randomBytes(32).toString('base64url')}`,
    withAnotherSecret(live?.key ?? ''),
    ...[revoked, deleted, suspended].map((one) => one?.key ?? ''),
    'sk-another-form',
  ];
  await eventually(async () => {
    const answers = await Promise.all(keys.map(answerTo));
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).toContain('"code":"invalid_api_key"');
  }, 1_000);
  await admin.call(updateOrganisation, { id: organisation_id, status: 'active' });
  await eventually(async () => {
    expect(await statusOf(suspended?.key ?? '')).toBe('200');
  }, 1_000);
});

test('what a key may do changes in every ingress within a second', async () => {
  const { id, key } = await admin.call(createKey, { name: 'changed' });
  await admin.call(updateKey, { id, allowed_models: ['claude-*'] });
  await eventually(async () => {
    expect(await onAll(key)).toEqual(everywhere('403 model_not_allowed'));
  }, 1_000);
});

test('a key for which guardrails are asked that nobody can apply is refused', async () => {
  const { key } = await admin.call(createKey, { name: 'guarded', guardrail_policy: 'no-secrets' });
  expect(await statusOf(key)).toBe('503 guardrails_unavailable');
});

test('keys that are made in one go are all accepted, or none is made', async () => {
  const content = 'name,allowed_models,tags\nfirst,gpt-5* claude-*,a\nsecond,,b c\n';
  const dryRun = await admin.call(importKeys, { format: 'csv', content, dry_run: true });
  expect(dryRun).toMatchObject({ dry_run: true, errors: [], data: [{ id: '' }, { id: '' }] });
  const { data } = await admin.call(importKeys, { format: 'csv', content });
  expect(await Promise.all(data.map(({ key }) => statusOf(key)))).toEqual(['200', '200']);
  const broken = '{"name":"third"}\n{"name":"fourth","allowed_models":"all"}\n';
  const refusal = await admin.call(importKeys, { format: 'jsonl', content: broken });
  expect(refusal).toMatchObject({ data: [], errors: [{ line: 2 }] });
});

/** The whole answer, less what differs from one answer to the next. */
async function answerTo(key: string): Promise<string> {
  const { raw } = await ask(gateway.baseUrl, { model: models.openai, key });
  return raw.replaceAll(/"(x-request-id|x-weir-trace-id|x-weir-overhead-ms|date)","[^"]*"/g, '"$1"');
}

function withAnotherSecret(key: string): string {
  return key.slice(0, -43) + randomBytes(32).toString('base64url');
}
