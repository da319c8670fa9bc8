import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { AdminClient } from '@weir/admin-client/admin-client';
import { createKey, listKeys, revokeKey } from '@weir/contracts/admin/virtual-keys';
import { eventually } from '@weir/testkit/eventually';
import { startGateway, type Gateway } from '@weir/testkit/gateway';
import { startFakeProvider, type FakeProvider } from '@weir/testkit/providers/fake-provider';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { adminOf } from './helpers/admin.ts';
import { ask } from './helpers/ask.ts';
import { openLinkTo } from './helpers/frozen-link.ts';
import { models, settingsFor } from './helpers/gateway-fixture.ts';
import { startIngress } from './helpers/ingresses.ts';

let provider: FakeProvider;
let gateway: Gateway;
let admin: AdminClient;
/** A key that was used before the outage. */
let known: { id: string; key: string };
beforeEach(async () => {
  provider = await startFakeProvider();
  gateway = await startGateway({ router: settingsFor(provider), postgres: 'own' });
  admin = adminOf(gateway.url);
  known = await admin.call(createKey, { name: 'known' });
  expect(await outcomeOf(known.key)).toBe('200');
});
afterEach(async () => {
  await gateway.close();
  await provider.close();
});

async function outcomeOf(key: string, baseUrl = gateway.baseUrl): Promise<string> {
  const { status, code } = await ask(baseUrl, { model: models.openai, key });
  return code === undefined ? String(status) : `${status} ${code}`;
}

/** One that no ingress has heard of, as one that was made a moment ago. */
const unknownKey = () => `sk-weir-unknown0-${randomBytes(32).toString('base64url')}`;

test('without Postgres known keys go on, others are a 503, and an ingress that starts meanwhile serves the known ones', async () => {
  await gateway.postgres?.kill();
  expect(await outcomeOf(known.key)).toBe('200');
  expect(await outcomeOf(unknownKey())).toBe('503 service_unavailable');
  expect(await outcomeOf(wrongSecretOf(known.key))).toBe('503 service_unavailable');
  const late = await startIngress(gateway);
  expect(await outcomeOf(known.key, late)).toBe('200');
  expect(await outcomeOf(unknownKey(), late)).toBe('503 service_unavailable');
  await expect(admin.call(createKey, { name: 'x' })).rejects.toMatchObject({ status: 503 });

  await gateway.postgres?.restart();
  await eventually(async () => {
    expect(await outcomeOf(unknownKey())).toBe('401 invalid_api_key');
  });
  const { key } = await admin.call(createKey, { name: 'after the outage' });
  expect(await outcomeOf(key, late)).toBe('200');
});

test('without the keys service known keys go on, and others are a 503 until there is one again', async () => {
  await gateway.keys.kill();
  expect(await outcomeOf(known.key)).toBe('200');
  expect(await outcomeOf(unknownKey())).toBe('503 service_unavailable');
  await expect(admin.call(listKeys, {})).rejects.toMatchObject({ status: 503 });
  await gateway.startReplica('keys', {});
  expect(await outcomeOf(unknownKey())).toBe('401 invalid_api_key');
  expect(await admin.call(listKeys, {})).toMatchObject({ has_more: false });
});

test('without NATS every key is a 503 and never a 401, and all is as before once it is back', async () => {
  await gateway.nats.kill();
  await eventually(async () => {
    expect(await outcomeOf(known.key)).toBe('503 bus_disconnected');
  });
  expect(await outcomeOf(unknownKey())).toMatch(/^503 /);
  await gateway.nats.restart();
  await eventually(async () => {
    expect(await outcomeOf(known.key)).toBe('200');
  }, 15_000);
  await eventually(async () => {
    expect(await outcomeOf(unknownKey())).toBe('401 invalid_api_key');
  }, 15_000);
  await admin.call(revokeKey, { id: known.id });
  await eventually(async () => {
    expect(await outcomeOf(known.key)).toBe('401 invalid_api_key');
  }, 1_000);
});

test('an ingress that was cut off from the bus accepts no key ten seconds after its revocation', async () => {
  const link = await openLinkTo(gateway.nats.port);
  const url = new URL(gateway.nats.urlFor('ingress'));
  url.port = String(link.port);
  const cutOff = await startIngress(gateway, { NATS_URL: url.href, WEIR_REQUEST_TIMEOUT_MS: '1000' });
  try {
    expect(await outcomeOf(known.key, cutOff)).toBe('200');
    link.freeze();
    await admin.call(revokeKey, { id: known.id });
    const acknowledgedAtMs = performance.now();
    const seen: string[] = [];
    while (performance.now() - acknowledgedAtMs < 10_000) {
      seen.push(await outcomeOf(known.key, cutOff));
      await delay(50);
    }
    link.thaw();
    const afterwards: string[] = [];
    await eventually(async () => {
      afterwards.push(await outcomeOf(known.key, cutOff));
      expect(afterwards.at(-1)).toBe('401 invalid_api_key');
    }, 15_000);
    expect(afterwards.filter((outcome) => !/^(401|503|504) /.test(outcome))).toEqual([]);
    expect(seen.filter((outcome) => !/^50[34] /.test(outcome))).toEqual([]);
  } finally {
    link.close();
  }
}, 60_000);

function wrongSecretOf(key: string): string {
  return key.slice(0, -43) + randomBytes(32).toString('base64url');
}
