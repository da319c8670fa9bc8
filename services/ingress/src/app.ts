import { fastify, LogController, type FastifyInstance } from 'fastify';
import type { Bus } from '@weir/service-kit/bus/bus';
import type { Clock } from '@weir/service-kit/clock';
import { Fault } from '@weir/service-kit/fault';
import type { Logger } from '@weir/service-kit/logger';
import type { Metrics } from '@weir/service-kit/metrics';
import { createAdminPipelines } from './admin-pipelines.ts';
import type { IngressConfig } from './config.ts';
import type { Readiness } from './domain/readiness.ts';
import { SealedConfigs } from './domain/sealed-configs.ts';
import { SealingKey } from './domain/sealing-key.ts';
import { adminEndpoints } from './endpoints/admin/admin-endpoints.ts';
import { chatCompletions } from './endpoints/chat-completions.ts';
import { createDoor } from './endpoints/door.ts';
import type { Endpoint } from './endpoints/endpoint.ts';
import { model, models } from './endpoints/models.ts';
import { exposeMetrics, health, ready } from './endpoints/operations.ts';
import { BodyReceiver } from './http/body-receiver.ts';
import { frameworkFault } from './http/framework-fault.ts';
import { refuseMalformed } from './http/refuse-malformed.ts';
import { createRequestIds } from './http/request-ids.ts';
import type { Traffic } from './http/traffic.ts';
import { createPipelines } from './pipeline.ts';
import { addRoutes } from './routes.ts';

interface AppParts {
  bus: Bus;
  clock: Clock;
  config: IngressConfig;
  logger: Logger;
  metrics: Metrics;
  readiness: Readiness;
  traffic: Traffic;
}

const maxBodyBytes = 8 * 1024 * 1024;
/** Room for a routing config in one of them. */
const maxHeaderBytes = 48 * 1024;
const headersTimeoutMs = 15_000;
/** How often connections are checked against the time-outs, at least. */
const timeoutPrecisionMs = 1_000;

/** The HTTP server, not yet listening. */
export function buildApp(parts: AppParts): FastifyInstance {
  const { config, traffic } = parts;
  const app = fastify({
    clientErrorHandler: (error, socket) => {
      refuseMalformed(error, socket, traffic);
    },
    frameworkErrors: (error, request, reply) => {
      traffic.begin(request, reply).fail(frameworkFault(error));
    },
    genReqId: createRequestIds(),
    http: {
      connectionsCheckingInterval: Math.min(timeoutPrecisionMs, config.receiveTimeoutMs),
      headersTimeout: Math.min(headersTimeoutMs, config.receiveTimeoutMs),
      maxHeaderSize: maxHeaderBytes,
    },
    keepAliveTimeout: config.keepAliveTimeoutMs,
    logController: new LogController({ disableRequestLogging: true }),
    requestTimeout: config.receiveTimeoutMs,
    return503OnClosing: false,
    routerOptions: { ignoreTrailingSlash: true },
  });

  app.decorateRequest('answer');
  app.addHook('onRequest', (request, reply, done) => {
    request.answer = traffic.begin(request, reply);
    done(request.is404 ? new Fault('route_not_found') : undefined);
  });
  app.setErrorHandler<Fault>((error, request, reply) => {
    reply.hijack();
    request.answer.fail(frameworkFault(error));
  });

  app.removeAllContentTypeParsers();
  const bodies = new BodyReceiver({ maxBodyBytes, maxReceivingBytes: config.maxReceivingBytes });
  app.addContentTypeParser('application/json', (_request, payload, done) => {
    bodies.receive(payload, done);
  });

  addRoutes(app, createEndpoints(parts));
  return app;
}

function createEndpoints({ bus, clock, config, logger, metrics, readiness }: AppParts): Endpoint[] {
  const door = createDoor({ clock, timeoutMs: config.requestTimeoutMs });
  const sealingKey = new SealingKey({ bus, clock });
  const pipelines = createPipelines({ bus, sealedConfigs: new SealedConfigs(sealingKey) });
  const endpoints = [
    chatCompletions(door, pipelines),
    models(door, pipelines),
    model(door, pipelines),
    health(),
    ready(readiness),
  ];
  if (config.exposesMetrics) endpoints.push(exposeMetrics(metrics));
  const { adminKey } = config;
  if (adminKey === undefined) return endpoints;
  const admin = createAdminPipelines({ adminKey, bus, logger, sealingKey });
  return [...endpoints, ...adminEndpoints({ adminKey, door, pipelines: admin })];
}
