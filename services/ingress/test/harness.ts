import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { adminApi } from '@weir/contracts/admin/admin-api';
import { type Clock, systemClock } from '@weir/service-kit/clock';
import { createSealingPair } from '@weir/service-kit/crypto/sealed-box';
import { createLogger } from '@weir/service-kit/logger';
import { createMetrics } from '@weir/service-kit/metrics';
import { ProcessReadiness } from '@weir/service-kit/process-readiness';
import { createTestProblems, createTestShortages } from '@weir/testkit/test-bus';
import { buildApp, type AppParts } from '../src/app.ts';
import { createAuthentication } from '../src/authentication/authentication.ts';
import { configSchema } from '../src/config.ts';
import { Readiness } from '../src/adapters/readiness.ts';
import { ConnectionLimit } from '../src/http/connection-limit.ts';
import { RequestLimits } from '../src/http/request-limits.ts';
import { RequestTracker } from '../src/http/request-tracker.ts';
import { listen } from '../src/listen.ts';
import { createPipelines } from '../src/pipeline.ts';
import { FakeBus } from './fake-bus.ts';
import { testKey } from './keys.ts';

export type Ingress = Awaited<ReturnType<typeof startIngress>>;

export interface Options extends Partial<Omit<AppParts, 'bus' | 'clock'>> {
  readonly bus?: FakeBus;
  readonly clock?: Clock;
  readonly flushTimeoutMs?: number;
}

/** An ingress on a free port, for the length of a test; its bus is the test's. */
export async function startIngress(
  environment: Record<string, string> = {},
  { flushTimeoutMs = 30_000, bus = new FakeBus(), clock = systemClock, ...parts }: Options = {},
) {
  const config = configSchema.parse({ WEIR_PORT: '0', ...environment });
  const logger = createLogger({ service: 'ingress', instance: 'test', level: 'silent' });
  const metrics = createMetrics('ingress');
  const tracker = new RequestTracker({ logger, metrics, flushTimeoutMs });
  const sealingPair = createSealingPair();
  const { adminKey } = config;
  const common = { bus, clock, logger, metrics };
  const authentication = createAuthentication({
    ...common,
    adminKey,
    instance: 'test',
    sealingPair,
  });
  const needs = new Readiness({ bus, clock, authentication, isDraining: () => tracker.isDraining });
  const readiness = new ProcessReadiness({
    clock: systemClock,
    problems: createTestProblems(),
    eventLoop: { isStarved: false },
  });
  readiness.bus = { missing: [], unreadable: {}, state: 'ready', isInRotation: true };
  readiness.service = { missing: () => needs.missing() };
  const app = buildApp({
    adminContracts: adminApi,
    authenticate: authentication.authenticate,
    authenticateAdmin: authentication.authenticateAdmin,
    ...common,
    config,
    connections: new ConnectionLimit({ max: 10_000, shortages: createTestShortages() }),
    createPipelines,
    limits: new RequestLimits(config),
    readiness: () => readiness.report(),
    sealingPair,
    tracker,
    ...parts,
  });
  const url = await listen(app, config);
  const { port } = app.server.address() as AddressInfo;
  onTestFinished(async () => {
    app.server.closeAllConnections();
    await app.close();
  });
  return { app, bus, logger, metrics, port, server: app.server, tracker, url };
}

export const chat = { model: 'gpt-5-mini', messages: [{ role: 'user', content: 'Hello' }] };
export const streamedChat = { ...chat, stream: true };

export const jsonHeaders = { authorization: `Bearer ${testKey}`, 'content-type': 'application/json' };

/** Asks for a completion. A text is sent as it is. */
export function post({ url }: Ingress, body: unknown, init: RequestInit = {}): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: jsonHeaders,
    body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
    ...init,
  });
}
