import type { Envelope } from '@weir/contracts/envelope';
import { spendingLimits } from '@weir/contracts/cost/limits';
import { getRealKey, providerCredentials, type ProviderCredential } from '@weir/contracts/keys/credentials';
import { completeChat } from '@weir/contracts/router';
import { routerStatus } from '@weir/contracts/routing/insight';
import type { Bus } from '@weir/service-kit/bus/bus';
import { type Clock, systemClock } from '@weir/service-kit/clock';
import { parseConfig } from '@weir/service-kit/config';
import { createLogger } from '@weir/service-kit/logger';
import { createMetrics } from '@weir/service-kit/metrics';
import { collect } from '@weir/testkit/collect';
import { testEnvelope } from '@weir/testkit/envelope';
import { eventually } from '@weir/testkit/eventually';
import { testMasterKey } from '@weir/testkit/gateway';
import { startNats } from '@weir/testkit/servers/nats';
import {
  connectTestBus,
  createTestProblems,
  createTestShortages,
  testReadiness,
} from '@weir/testkit/test-bus';
import { KnownSecrets } from '@weir/service-kit/secrets/known-secrets';
import { onTestFinished } from 'vitest';
import { router } from '../src/service.ts';
import { publishLimits } from './fake-cost.ts';
import { aBucketEntry, fakeKeys } from './stored-keys.ts';

/** A router on a bus of its own, beside a keys service of which it has real keys, and its requester. */
export async function startRouterWithKeys(env: Record<string, string>, level = 'silent') {
  const nats = await startNats({ config: 'open' });
  const connect = (service: string) => connectTestBus({ url: nats.url, service });
  const [bus, requester, keysBus] = await Promise.all([
    connect('router'),
    connect('ingress'),
    connect('keys'),
  ]);
  const keys = fakeKeys();
  keysBus.serve(getRealKey, ({ data }) => keys.answer(data));
  const store = await keysBus.store(providerCredentials);
  await publishLimits(await keysBus.store(spendingLimits));
  const [config] = parseConfig([router.config], { WEIR_MASTER_KEYS: testMasterKey, ...env });
  let aheadMs = 0;
  const clock: Clock = { ...systemClock, nowMs: () => Date.now() + aheadMs };
  const logger = createLogger({ service: 'router', instance: 'test', level });
  const running = await router.start({
    config,
    secrets: new KnownSecrets(),
    problems: createTestProblems(),
    shortages: createTestShortages(),
    readiness: testReadiness,
    instance: 'test',
    bus,
    logger,
    metrics: createMetrics('router'),
    clock,
  });
  // Its subscriptions may still be on their way to the server, while a request of another connection overtakes them.
  await eventually(() => requester.request(routerStatus, {}, testEnvelope()));
  onTestFinished(async () => {
    await running.stop?.();
    await Promise.all([requester.drain(), keysBus.drain()]);
    await bus.drain();
    await nats.close();
  });
  return {
    nats,
    requester: requester as Bus,
    keysBus: keysBus as Bus,
    keys,
    /** Lets the router's clock jump. */
    advance: (ms: number) => {
      aheadMs += ms;
    },
    /** As the keys service does: the key is there before the entry in the bucket. */
    storeKey: async (id: string, secret: string, fields: Partial<ProviderCredential> = {}) => {
      keys.set(id, secret, fields.version);
      await store.put(id, aBucketEntry({ name: id, ...fields }));
    },
    deleteKey: async (id: string) => {
      await store.delete(id);
      keys.delete(id);
    },
    /** A completion's end: its text, or its fault. */
    complete: async (model: string, envelope: Partial<Envelope> = {}) => {
      const body = JSON.stringify({ model, messages: [{ role: 'user', content: 'Hi' }] });
      const sink = collect<typeof completeChat>();
      requester.requestStream(completeChat, Buffer.from(body), { ...testEnvelope(), ...envelope }, sink);
      return sink.ended;
    },
  };
}
