import { once } from 'node:events';
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import {
  adminKeys,
  tenants,
  verificationKey,
  verifyAdminKey,
  verifyKey,
  virtualKeys,
} from '@weir/contracts/keys/verification';
import { serviceManifest } from '@weir/contracts/service-manifest';
import type { ServiceBus } from '@weir/service-kit/bus/service-bus';
import type { Store } from '@weir/service-kit/bus/store';
import { systemClock } from '@weir/service-kit/clock';
import { createSealingPair, seal } from '@weir/service-kit/crypto/sealed-box';
import { Fault } from '@weir/service-kit/fault';
import { createLogger } from '@weir/service-kit/logger';
import { createMetrics } from '@weir/service-kit/metrics';
import { eventually } from '@weir/testkit/eventually';
import { startNats, type NatsTestServer } from '@weir/testkit/servers/nats';
import { connectTestBus } from '@weir/testkit/test-bus';
import { createAuthentication } from '../src/authentication/authentication.ts';
import { freeAttempts, lookupsPerSecond } from '../src/authentication/failed-attempts.ts';
import { manifest } from '../src/manifest.ts';
import { headOf } from './authentication-harness.ts';
import { keyRecord, keyText, testVerificationKey, verificationKeyBytes } from './keys.ts';

/** In the place of the real one: what an ingress needs of it. */
const keysManifest = serviceManifest({
  name: 'keys',
  description: 'knows keys',
  serves: [verificationKey, verifyKey, verifyAdminKey],
  buckets: [virtualKeys, tenants, adminKeys],
});

let server: NatsTestServer;
let keysService: ServiceBus;
let keys: Store<typeof virtualKeys>;
let tenantStore: Store<typeof tenants>;
let lookups = 0;

beforeAll(async () => {
  server = await startNats({ config: 'weir', services: [manifest, keysManifest] });
  keysService = await connectTestBus({ url: server.urlFor('keys'), service: 'keys' });
  [keys, tenantStore] = await Promise.all([keysService.store(virtualKeys), keysService.store(tenants)]);
  await keysService.store(adminKeys);
  for (const name of ['default', 'acme']) await tenantStore.put(`organisation.${name}`, { suspended: false });
  keysService.serve(verificationKey, ({ data: { publicKey } }) => ({
    id: testVerificationKey.id,
    sealedKey: seal(verificationKeyBytes.toString('base64url'), publicKey),
  }));
  keysService.serve(verifyKey, () => {
    lookups++;
    return { key: null, policies: [] };
  });
  keysService.serve(verifyAdminKey, () => ({ key: null }));
});
afterAll(async () => {
  await keysService.drain();
  await server.close();
});

/** What an ingress knows of keys, on a bus of its own. */
async function startReplica(url = server.urlFor('ingress')) {
  const bus = await connectTestBus({ url, service: 'ingress', drainTimeoutMs: 100 });
  const instance = crypto.randomUUID();
  const { authenticate, missing } = createAuthentication({
    adminKey: undefined,
    bus,
    clock: systemClock,
    instance,
    logger: createLogger({ service: 'ingress', instance, level: 'silent' }),
    metrics: createMetrics('ingress'),
    sealingPair: createSealingPair(),
  });
  onTestFinished(() => bus.drain());
  await eventually(() => {
    expect(missing()).toEqual([]);
  });
  return async (key: string, ip?: string): Promise<string> => {
    try {
      await authenticate(headOf(key, ip).head);
      return 'admitted';
    } catch (thrown) {
      return Fault.from(thrown).code;
    }
  };
}

let made = 0;

/** A key of its own for each test. */
function newKey() {
  const id = `key${String(made++).padStart(5, '0')}`;
  return { id, text: keyText(id), record: keyRecord(id) };
}

describe('three replicas', () => {
  let replicas: Awaited<ReturnType<typeof startReplica>>[];
  beforeEach(async () => {
    replicas = await Promise.all([startReplica(), startReplica(), startReplica()]);
  });

  const expectOfAll = (text: string, expected: string, withinMs: number) =>
    Promise.all(
      // Each from an address of its own and seldom enough that nothing is slowed down.
      replicas.map((replica, n) =>
        eventually(async () => {
          expect(await replica(text, `198.51.100.${n}`)).toBe(expected);
        }, withinMs),
      ),
    );

  test('take a key as soon as it is there, and none of them a second after it was revoked', async () => {
    const { id, record, text } = newKey();
    await keys.put(id, record);
    await expectOfAll(text, 'admitted', 1_000);
    await keys.delete(id);
    await expectOfAll(text, 'invalid_api_key', 1_000);
  });

  test('follow a rotation, and what is decided of an organisation, in less than a second', async () => {
    const { id, record, text } = newKey();
    const rotated = keyText(id, 'new');
    await keys.put(id, { ...record, organisation: 'acme' });
    await expectOfAll(text, 'admitted', 1_000);
    const secrets = [{ digest: testVerificationKey.digestOf(rotated) }];
    await keys.put(id, { ...record, organisation: 'acme', secrets });
    await Promise.all([expectOfAll(rotated, 'admitted', 1_000), expectOfAll(text, 'invalid_api_key', 1_000)]);
    await tenantStore.put('organisation.acme', { suspended: true });
    await expectOfAll(rotated, 'invalid_api_key', 1_000);
    await tenantStore.put('organisation.acme', { suspended: false });
    await expectOfAll(rotated, 'admitted', 1_000);
  });

  test('count together who guesses: what one has seen too often the others look up a few times a second', async () => {
    const [first, second] = replicas;
    const guess = () => newKey().text;
    for (let n = 0; n < freeAttempts + 1; n++) await first?.(guess(), '203.0.113.99');
    // The answer to the last of them has waited for 250 ms, which is long after all were told.
    const before = lookups;
    const guesses = Array.from({ length: lookupsPerSecond + 1 }, () => second?.(guess(), '203.0.113.99'));
    expect(await guesses.at(-1)).toBe('too_many_failed_attempts');
    expect(await guesses[0]).toBe('invalid_api_key');
    expect(lookups - before).toBe(lookupsPerSecond);
    expect(await second?.(guess(), '203.0.113.100')).toBe('invalid_api_key');
  });
});

/** A way to the server that can be cut without a word: nothing passes any more, and no connection ends. */
async function startCuttable() {
  const ends: [Socket, Socket][] = [];
  const join = ([client, upstream]: [Socket, Socket]) => {
    client.pipe(upstream).pipe(client);
  };
  const proxy = createServer((client) => {
    const pair: [Socket, Socket] = [client, connect(server.port, '127.0.0.1')];
    for (const socket of pair) socket.on('error', () => undefined);
    ends.push(pair);
    join(pair);
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  onTestFinished(() => {
    proxy.close();
  });
  const url = new URL(server.urlFor('ingress'));
  url.port = String((proxy.address() as AddressInfo).port);
  return {
    url: url.href,
    cut: () => {
      for (const socket of ends.flat()) socket.unpipe().pause();
    },
    mend: () => {
      ends.forEach(join);
    },
  };
}

test('cut off from the bus without a word, a replica takes a revoked key for less than ten seconds', async () => {
  const { cut, mend, url } = await startCuttable();
  const replica = await startReplica(url);
  const { id, record, text } = newKey();
  await keys.put(id, record);
  await eventually(async () => {
    expect(await replica(text)).toBe('admitted');
  });
  cut();
  const cutAtMs = performance.now();
  await keys.delete(id);
  expect(await replica(text)).toBe('admitted');
  await eventually(async () => {
    expect(await replica(text)).not.toBe('admitted');
  }, 12_000);
  expect(performance.now() - cutAtMs).toBeLessThan(10_000);
  mend();
}, 30_000);
