import type { FastifyInstance } from 'fastify';
import { Fault } from '@weir/service-kit/fault';
import { handlerOf, type Endpoint } from './endpoints/endpoint.ts';

/** What no endpoint admits, and every other method on their paths, is refused before a body is read. */
export function addRoutes(app: FastifyInstance, endpoints: readonly Endpoint[]): void {
  for (const endpoint of endpoints) addRoute(app, endpoint);
  for (const [url, ofUrl] of Map.groupBy(endpoints, (endpoint) => endpoint.url)) {
    refuseOthers(
      app,
      url,
      ofUrl.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method])),
    );
  }
}

function addRoute(app: FastifyInstance, endpoint: Endpoint): void {
  const { admit, method, url } = endpoint;
  app.route({
    method,
    url,
    onRequest: (request, _reply, done) => {
      admit?.(request);
      done();
    },
    handler: handlerOf(endpoint),
  });
}

function refuseOthers(app: FastifyInstance, url: string, allowed: readonly string[]): void {
  app.route({
    method: app.supportedMethods.filter((method) => !allowed.includes(method)),
    url,
    onRequest: (request, reply) => {
      reply.hijack();
      request.answer.fail(new Fault('method_not_allowed'), ['allow', allowed.join(', ')]);
    },
    handler: () => undefined,
  });
}
