import { fastify, LogController, type FastifyInstance } from 'fastify';
import { v7 as uuidv7 } from 'uuid';
import { CacheClient } from '@weir/cache-client/cache-client';
import type { AdminEndpoint } from '@weir/contracts/admin/admin-endpoint';
import { maxBodyBytes, maxHeaderBytes } from '@weir/contracts/limits';
import type { Bus } from '@weir/service-kit/bus/bus';
import type { Clock } from '@weir/service-kit/clock';
import type { SealingPair } from '@weir/service-kit/crypto/sealed-box';
import { Fault } from '@weir/service-kit/fault';
import { JsonReader } from '@weir/service-kit/json-reader';
import type { Logger } from '@weir/service-kit/logger';
import type { Metrics } from '@weir/service-kit/metrics';
import type { ReadinessReport } from '@weir/service-kit/ops-server';
import { createRandomPool } from '@weir/service-kit/random-pool';
import { CacheRules } from './adapters/cache-rules.ts';
import { GuardrailPolicies } from './adapters/guardrail-policies.ts';
import { RequiredGuardrails } from './adapters/required-guardrails.ts';
import { RoutingConfigs } from './adapters/routing-configs.ts';
import { SealedConfigs } from './adapters/sealed-configs.ts';
import { SealingKeyClients } from './adapters/sealing-keys.ts';
import { adminRoutes } from './admin/admin-routes.ts';
import type { Admit } from './admission.ts';
import type { AuthenticateAdmin } from './authentication/authenticate-admin.ts';
import type { IngressConfig } from './config.ts';
import { BodyReceiver } from './http/body-receiver.ts';
import {
  answerForNode,
  connectionFault,
  createRefuseConnection,
  frameworkFault,
} from './http/refuse-connection.ts';
import type { ConnectionLimit } from './http/connection-limit.ts';
import { HeadCheck } from './http/request-head.ts';
import type { RequestLimits } from './http/request-limits.ts';
import type { RequestTracker } from './http/request-tracker.ts';
import { openApiDocument } from './openapi/openapi-document.ts';
import type { CreatePipelines } from './pipeline.ts';
import { createContextFactory } from './request-context.ts';
import { openAiRoutes } from './routes/openai.ts';
import { operationRoutes } from './routes/operations.ts';
import { addRoutes, type Route } from './routes/route.ts';

export interface AppParts {
  /** What of the admin API is served. */
  readonly adminContracts: readonly AdminEndpoint[];
  readonly authenticate: Admit;
  readonly authenticateAdmin: AuthenticateAdmin;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly config: IngressConfig;
  readonly connections: ConnectionLimit;
  readonly createPipelines: CreatePipelines;
  readonly limits: RequestLimits;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly readiness: () => Promise<ReadinessReport>;
  /** Of this process: to which secrets in replies are sealed. */
  readonly sealingPair: SealingPair;
  readonly tracker: RequestTracker;
}

const headersTimeoutMs = 15_000;
/** How often connections are checked against the time-outs, at least. */
const timeoutPrecisionMs = 1_000;

/** The HTTP server, not yet listening. */
export function buildApp(parts: AppParts): FastifyInstance {
  const { config, connections, limits, tracker } = parts;
  const createRequestId = createRequestIds();
  const refuseConnection = createRefuseConnection({ tracker, createRequestId });
  const app = fastify({
    clientErrorHandler: (error, socket) => {
      refuseConnection(connectionFault(error), socket);
    },
    frameworkErrors: (error, request, reply) => {
      tracker.begin(request, reply).fail(frameworkFault(error));
    },
    genReqId: createRequestId,
    http: {
      connectionsCheckingInterval: Math.min(timeoutPrecisionMs, config.receiveTimeoutMs),
      headersTimeout: Math.min(headersTimeoutMs, config.receiveTimeoutMs),
      // A header that is sent twice is not quietly read once: whoever stands in front may read the other one.
      joinDuplicateHeaders: true,
      maxHeaderSize: maxHeaderBytes,
      // Node's own refusal has no body: `HeadCheck` looks for the host.
      requireHostHeader: false,
    },
    keepAliveTimeout: config.keepAliveTimeoutMs,
    logController: new LogController({ disableRequestLogging: true }),
    requestTimeout: config.receiveTimeoutMs,
    return503OnClosing: false,
    // What a part of a path may be is its schema's to say.
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: maxHeaderBytes },
    // Whoever else says for whom it asks is not believed.
    ...(config.trustedProxies.length > 0 && { trustProxy: config.trustedProxies }),
  });

  app.decorateRequest('responseWriter');
  app.decorateRequest('authenticated');
  const heads = new HeadCheck();
  app.addHook('onRequest', (request, reply, done) => {
    const writer = tracker.begin(request, reply);
    request.responseWriter = writer;
    const fault = connections.refuse(request.raw) ?? heads.refuse(request.raw);
    if (fault) {
      reply.hijack();
      writer.fail(fault, ['connection', 'close']);
    } else done(request.is404 ? new Fault('route_not_found') : undefined);
  });
  app.setErrorHandler<Fault>((error, request, reply) => {
    reply.hijack();
    request.responseWriter.fail(frameworkFault(error));
  });

  heads.guard(app.server);
  connections.watch(app.server);
  answerForNode(app.server, refuseConnection);

  app.removeAllContentTypeParsers();
  const bodies = new BodyReceiver({ maxBodyBytes, maxReceivingBytes: config.maxReceivingBytes });
  app.addContentTypeParser('application/json', (_request, payload, done) => {
    bodies.receive(payload, done);
  });

  addRoutes(app, createRoutes(parts), { tracker, limits });
  return app;
}

/** Every route of this ingress. */
function createRoutes(parts: AppParts): Route[] {
  const { adminContracts, authenticate, authenticateAdmin, bus, clock, config } = parts;
  const { createPipelines, logger, metrics, readiness, sealingPair } = parts;
  const contextOf = createContextFactory({ clock, timeoutMs: config.requestTimeoutMs });
  const serviceKeys = new SealingKeyClients({ bus, clock });
  const sealedConfigs = new SealedConfigs(serviceKeys.of('router'));
  const reader = new JsonReader();
  const pipelines = createPipelines({
    authenticate,
    bus,
    cache: new CacheClient({ bus, clock, metrics }),
    cacheRules: new CacheRules({ bus }),
    clock,
    configs: new RoutingConfigs({ bus }),
    heartbeat: config.heartbeat,
    policies: new GuardrailPolicies({ bus }),
    reader,
    required: new RequiredGuardrails({ clock }),
    sealedConfigs,
  });
  const { exposesMetrics } = config;
  const document = () => openApiDocument({ adminContracts, exposesMetrics });
  return [
    ...openAiRoutes({ contextOf, pipelines }),
    ...operationRoutes({ readiness, document, ...(exposesMetrics && { metrics }) }),
    ...adminRoutes(adminContracts, {
      authenticateAdmin,
      bus,
      clock,
      contextOf,
      logger,
      reader,
      sealingPair,
      serviceKeys,
    }),
  ];
}

/** Makes UUIDv7s. */
function createRequestIds(): () => string {
  const rng = createRandomPool(16);
  return () => uuidv7({ rng });
}
