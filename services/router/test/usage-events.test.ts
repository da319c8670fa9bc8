import { connect } from '@nats-io/transport-node';
import { spendingLimits } from '@weir/contracts/cost/limits';
import { completeChat } from '@weir/contracts/router';
import { attemptMade, dispatchOf } from '@weir/contracts/usage-events';
import { systemClock } from '@weir/service-kit/clock';
import { parseConfig } from '@weir/service-kit/config';
import { seal } from '@weir/service-kit/crypto/sealed-box';
import { routerSealingKey } from '@weir/contracts/sealing-key';
import { createLogger } from '@weir/service-kit/logger';
import { createMetrics } from '@weir/service-kit/metrics';
import { testEnvelope } from '@weir/testkit/envelope';
import { KnownSecrets } from '@weir/service-kit/secrets/known-secrets';
import { eventually } from '@weir/testkit/eventually';
import { testMasterKey } from '@weir/testkit/gateway';
import { startFakeProvider } from '@weir/testkit/providers/fake-provider';
import { startNats } from '@weir/testkit/servers/nats';
import { storedEvents } from '@weir/testkit/stored-events';
import {
  connectTestBus,
  createTestProblems,
  createTestShortages,
  testReadiness,
} from '@weir/testkit/test-bus';
import { expect, onTestFinished, test } from 'vitest';
import { router } from '../src/service.ts';
import { publishLimits } from './fake-cost.ts';

test('every attempt of a request is kept in JetStream with its usage, for whoever accounts for it', async () => {
  const [nats, provider] = await Promise.all([startNats({ config: 'open' }), startFakeProvider()]);
  const [bus, requester, reader] = await Promise.all([
    connectTestBus({ url: nats.url, service: 'router' }),
    connectTestBus({ url: nats.url, service: 'ingress' }),
    connect({ servers: new URL(nats.url).host }),
  ]);
  const [config] = parseConfig([router.config], {
    OPENAI_API_KEY: 'sk-canary-openai',
    OPENAI_BASE_URL: provider.openaiBaseUrl,
    ANTHROPIC_API_KEY: 'sk-canary-anthropic',
    ANTHROPIC_BASE_URL: provider.url,
    WEIR_MASTER_KEYS: testMasterKey,
  });
  await publishLimits(await requester.store(spendingLimits));
  const logger = createLogger({ service: 'router', instance: 'test', level: 'silent' });
  const parts = {
    config,
    instance: 'test',
    bus,
    logger,
    metrics: createMetrics('router'),
    clock: systemClock,
    secrets: new KnownSecrets(),
    problems: createTestProblems(),
    shortages: createTestShortages(),
    readiness: testReadiness,
  };
  const running = await router.start(parts);
  onTestFinished(async () => {
    await running.stop?.();
    await Promise.all([requester.drain(), reader.close()]);
    await bus.drain();
    await Promise.all([nats.close(), provider.close()]);
  });

  provider.script({
    fault: { kind: 'status', status: 503 },
    matches: ({ protocol }) => protocol === 'openai',
  });
  const { publicKey } = await eventually(() => requester.request(routerSealingKey, {}, testEnvelope()));
  const routing = JSON.stringify({
    strategy: { mode: 'fallback' },
    targets: [
      { provider: 'openai' },
      { provider: 'anthropic', override_params: { model: 'claude-haiku-4-5' } },
    ],
  });
  const envelope = { ...testEnvelope(), config: seal(routing, publicKey), metadata: { team: 'search' } };
  const body = JSON.stringify({
    model: 'gpt-5-mini',
    messages: [{ role: 'user', content: 'A private word' }],
  });
  const complete = (dispatch?: number) =>
    new Promise<void>((resolve, reject) => {
      const sent = { ...envelope, ...(dispatch !== undefined && { dispatch }) };
      requester.requestStream(completeChat, Buffer.from(body), sent, {
        onHead: () => undefined,
        onChunk: () => undefined,
        onEnd: () => {
          resolve();
        },
        onFault: reject,
      });
    });
  await complete();

  const kept = await eventually(async () => {
    const events = await storedEvents(reader, attemptMade);
    expect(events).toHaveLength(2);
    return events.map(({ data }) => data).toSorted((a, b) => a.attempt - b.attempt);
  });
  const common = {
    requestId: envelope.requestId,
    tenant: envelope.tenant,
    modelAsked: 'gpt-5-mini',
    config: 'inline',
  };
  expect(kept).toMatchObject([
    {
      ...common,
      attempt: 1,
      purpose: 'first',
      provider: 'openai',
      model: 'gpt-5-mini',
      path: 'targets[0]',
      outcome: 'upstream_overloaded',
      maybeBilled: false,
      usage: { source: 'missing' },
      metadata: { team: 'search' },
    },
    {
      ...common,
      attempt: 2,
      purpose: 'fallback',
      provider: 'anthropic',
      model: 'claude-haiku-4-5',
      path: 'targets[1]',
      outcome: 'ok',
      maybeBilled: true,
      usage: { source: 'provider', modelServed: 'claude-haiku-4-5' },
    },
  ]);
  expect(JSON.stringify(kept)).not.toMatch(/canary|private/);

  // The same request, put to this router since the one before was silent: what that one has done has events of its own, and stays.
  await complete(1);
  await eventually(async () => {
    const events = await storedEvents(reader, attemptMade);
    expect(events).toHaveLength(4);
    const dispatched = events.map(({ data }) => data).filter(({ dispatch }) => dispatch !== undefined);
    expect(dispatched.map(({ attempt }) => dispatchOf(attempt))).toEqual(
      dispatched.map(({ dispatch }) => dispatch),
    );
    expect(dispatched).toMatchObject([
      { requestId: envelope.requestId, dispatch: 5, outcome: 'upstream_overloaded' },
      { requestId: envelope.requestId, dispatch: 5, outcome: 'ok' },
    ]);
  });
});
