import { dryRunGuardrails } from '@weir/contracts/admin/dry-run-guardrails';
import { readPolicy, writePolicy } from '@weir/contracts/admin/guardrail-policies';
import { sealingKeyOf } from '@weir/contracts/sealing-key';
import { systemClock } from '@weir/service-kit/clock';
import { parseConfig } from '@weir/service-kit/config';
import { seal } from '@weir/service-kit/crypto/sealed-box';
import { createMetrics } from '@weir/service-kit/metrics';
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
import { expect, onTestFinished, test } from 'vitest';
import { guardrails } from '../src/service.ts';
import { silentLogger } from './policy-admin.ts';

test('a policy that is written through one replica holds in the others in under a second, and can be tried there', async () => {
  const nats = await startNats({ config: 'weir' });
  const connect = (service: string) => connectTestBus({ url: nats.urlFor(service), service });
  const buses = await Promise.all([connect('guardrails'), connect('guardrails'), connect('ingress')]);
  const [one, other, ingress] = buses;
  const [config] = parseConfig([guardrails.config], { WEIR_MASTER_KEYS: testMasterKey });
  const common = {
    config,
    logger: silentLogger,
    clock: systemClock,
    secrets: new KnownSecrets(),
    problems: createTestProblems(),
    shortages: createTestShortages(),
    readiness: testReadiness,
  };
  const running = await Promise.all(
    [one, other].map((bus, index) =>
      guardrails.start({ ...common, bus, instance: `g${index}`, metrics: createMetrics('guardrails') }),
    ),
  );
  onTestFinished(async () => {
    await Promise.all(buses.map((bus) => bus.drain()));
    for (const replica of running) await replica.close?.();
    await nats.close();
  });

  const { publicKey } = await eventually(() =>
    ingress.request(sealingKeyOf('guardrails'), {}, testEnvelope()),
  );
  const policy = {
    input: {
      checks: [
        { type: 'pii', entities: ['phone'] },
        { type: 'blocklist', words: ['Sao Mai'] },
      ],
    },
  };
  const sealedPolicy = seal(JSON.stringify(policy), publicKey);
  const written = await ingress.request(writePolicy, { name: 'house', sealedPolicy }, testEnvelope());
  await eventually(async () => {
    // Whichever replica answers.
    for (let turn = 0; turn < 8; turn++) {
      expect(await ingress.request(readPolicy, { name: 'house' }, testEnvelope())).toEqual(written);
    }
  }, 1_000);

  const texts = ['Gọi tôi: 0912 345 678', 'Dự án Sao Mai'];
  const tried = await ingress.request(dryRunGuardrails, { policy: 'house', texts }, testEnvelope());
  expect(tried).toMatchObject({
    outcome: 'deny',
    findings: [
      { path: 'messages[0].content', start: 9, end: 21, entity: 'phone', action: 'redact', check: 'pii' },
      { path: 'messages[1].content', rule: 'words', action: 'deny', check: 'blocklist' },
    ],
    texts: ['Gọi tôi: [PHONE]', 'Dự án Sao Mai'],
  });
});
