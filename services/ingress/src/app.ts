import { fastify, LogController, type FastifyInstance } from 'fastify';
import type { Bus } from '@weir/service-kit/bus/bus';
import type { Clock } from '@weir/service-kit/clock';
import { Fault } from '@weir/service-kit/fault';
import type { Metrics } from '@weir/service-kit/metrics';
import type { IngressConfig } from './config.ts';
import type { Readiness } from './domain/readiness.ts';
import { chatCompletions } from './endpoints/chat-completions.ts';
import { createDoor } from './endpoints/door.ts';
import { handlerOf, type Endpoint } from './endpoints/endpoint.ts';
import { model, models } from './endpoints/models.ts';
import { exposeMetrics, health, ready } from './endpoints/operations.ts';
import { BodyReceiver } from './http/body-receiver.ts';
import { frameworkFault } from './http/framework-fault.ts';
import { refuseMalformed } from './http/refuse-malformed.ts';
import { createRequestIds } from './http/request-ids.ts';
import type { Traffic } from './http/traffic.ts';
import { createPipelines } from './pipeline.ts';

interface AppParts {
  bus: Bus;
  clock: Clock;
  config: IngressConfig;
  metrics: Metrics;
  readiness: Readiness;
  traffic: Traffic;
}

const maxBodyBytes = 8 * 1024 * 1024;
const maxHeaderBytes = 16 * 1024;
const headersTimeoutMs = 15_000;
/** How often connections are checked against the time-outs, at least. */
const timeoutPrecisionMs = 1_000;

/** The HTTP server, not yet listening. */
export function buildApp({ bus, clock, config, metrics, readiness, traffic }: AppParts): FastifyInstance {
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

  const door = createDoor({ clock, timeoutMs: config.requestTimeoutMs });
  const pipelines = createPipelines({ bus });
  const endpoints = [
    chatCompletions(door, pipelines),
    models(door, pipelines),
    model(door, pipelines),
    health(),
    ready(readiness),
    ...(config.exposesMetrics ? [exposeMetrics(metrics)] : []),
  ];
  for (const endpoint of endpoints) addRoute(app, endpoint);
  return app;
}

/** What the endpoint does not admit, and every other method on its path, is refused before a body is read. */
function addRoute(app: FastifyInstance, endpoint: Endpoint): void {
  const { admit, method, url } = endpoint;
  const allowed = method === 'GET' ? ['GET', 'HEAD'] : [method];
  app.route({
    method,
    url,
    onRequest: (request, _reply, done) => {
      admit?.(request);
      done();
    },
    handler: handlerOf(endpoint),
  });
  app.route({
    method: app.supportedMethods.filter((other) => !allowed.includes(other)),
    url,
    onRequest: (request, reply) => {
      reply.hijack();
      request.answer.fail(new Fault('method_not_allowed'), ['allow', allowed.join(', ')]);
    },
    handler: () => undefined,
  });
}
