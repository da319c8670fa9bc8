import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import { Fault } from '@weir/service-kit/fault';
import type { Admit, Authenticated } from '../admission.ts';
import type { RequestLimits, RequestShare } from '../http/request-limits.ts';
import type { RequestTracker } from '../http/request-tracker.ts';

export interface Route {
  readonly method: HTTPMethods;
  /** The path's template. */
  readonly url: string;
  /** Among which requests it has a place. Without it there is room for every one. */
  readonly share?: RequestShare;
  /** Judges the head of a request before its body is read. Without it everybody is let in. */
  readonly admit?: Admit;
  /** Whatever it throws becomes the answer. */
  handle(request: FastifyRequest): void | Promise<void>;
}

interface RoutesParts {
  readonly tracker: RequestTracker;
  readonly limits: RequestLimits;
}

/** What no route admits, and every other method on their paths, is refused before a body is read. */
export function addRoutes(app: FastifyInstance, routes: readonly Route[], parts: RoutesParts): void {
  for (const route of routes) addRoute(app, route, parts);
  for (const [url, ofUrl] of Map.groupBy(routes, (route) => route.url)) {
    const allowed = ofUrl.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).flat();
    refuseOthers(app, url, allowed);
  }
}

function addRoute(app: FastifyInstance, route: Route, { limits, tracker }: RoutesParts): void {
  const { admit, method, share, url } = route;
  app.route({
    method,
    url,
    onRequest: [...(share ? [limitation(limits, share)] : []), ...(admit ? [admission(admit)] : [])],
    handler: handlerOf(route, tracker),
  });
}

type Done = (error?: Error) => void;

const limitation =
  (limits: RequestLimits, share: RequestShare) =>
  (_request: FastifyRequest, reply: FastifyReply, done: Done): void => {
    done(limits.admit(share, reply.raw));
  };

/** The body of a request is read after `done()`, and not at all after `done(error)`. */
const admission = (admit: Admit) => (request: FastifyRequest, _reply: FastifyReply, done: Done) => {
  const admitted = admit(request);
  if (!(admitted instanceof Promise)) goOn(request, admitted, done);
  else {
    admitted.then(
      (authenticated) => {
        // While it was waited for the client may have left: there is nobody to go on for.
        if (!request.responseWriter.isOver) goOn(request, authenticated, done);
      },
      (thrown: unknown) => {
        done(Fault.from(thrown));
      },
    );
  }
};

function goOn(request: FastifyRequest, authenticated: Authenticated, done: Done): void {
  request.authenticated = authenticated;
  request.responseWriter.tenant = authenticated.tenant;
  done();
}

/** Takes the reply out of the framework's hands: the response writer writes to the socket itself. */
const handlerOf =
  (route: Route, tracker: RequestTracker) => (request: FastifyRequest, reply: FastifyReply) => {
    reply.hijack();
    const fail = (thrown: unknown) => {
      const fault = Fault.from(thrown);
      const isTold = request.responseWriter.fail(fault);
      if (!isTold && fault.code === 'internal_error') tracker.failedLate(request.id, fault);
    };
    try {
      route.handle(request)?.catch(fail);
    } catch (thrown) {
      fail(thrown);
    }
  };

function refuseOthers(app: FastifyInstance, url: string, allowed: readonly string[]): void {
  app.route({
    method: app.supportedMethods.filter((method) => !allowed.includes(method)),
    url,
    onRequest: (request, reply) => {
      reply.hijack();
      request.responseWriter.fail(new Fault('method_not_allowed'), ['allow', allowed.join(', ')]);
    },
    handler: () => undefined,
  });
}
