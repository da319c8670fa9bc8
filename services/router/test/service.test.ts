import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '@weir/service-kit/clock';
import { parseConfig } from '@weir/service-kit/config';
import { createLogger } from '@weir/service-kit/logger';
import { createMetrics } from '@weir/service-kit/metrics';
import { testMasterKey } from '@weir/testkit/gateway';
import { startNats } from '@weir/testkit/servers/nats';
import {
  connectTestBus,
  createTestProblems,
  createTestShortages,
  testReadiness,
} from '@weir/testkit/test-bus';
import { KnownSecrets } from '@weir/service-kit/secrets/known-secrets';
import { expect, onTestFinished, test, vi } from 'vitest';
import { router } from '../src/service.ts';

test('a router takes no request before it has heard which models there are', async () => {
  const nats = await startNats({ config: 'open' });
  const bus = await connectTestBus({ url: nats.url, service: 'router' });
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    await bus.drain();
    await nats.close();
    server.close();
    server.closeAllConnections();
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const [config] = parseConfig([router.config], { OLLAMA_HOST: host, WEIR_MASTER_KEYS: testMasterKey });
  const logger = createLogger({ service: 'router', instance: 'test', level: 'silent' });
  const serve = vi.spyOn(bus, 'serveStream');

  const starting = router.start({
    config,
    secrets: new KnownSecrets(),
    problems: createTestProblems(),
    shortages: createTestShortages(),
    readiness: testReadiness,
    instance: 'test',
    bus,
    logger,
    metrics: createMetrics('router'),
    clock: systemClock,
  });
  const [, listing] = (await once(server, 'request')) as [unknown, ServerResponse];
  expect(serve).not.toHaveBeenCalled();
  listing.end('{"models":[{"name":"llama3.2:latest"}]}');
  const running = await starting;
  expect(serve).toHaveBeenCalled();
  await running.stop?.();
});
