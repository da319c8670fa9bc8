import type { FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import { Fault } from '@weir/service-kit/fault';
import type { Answer } from '../http/answer.ts';

declare module 'fastify' {
  interface FastifyRequest {
    answer: Answer;
  }
}

export interface Endpoint {
  readonly method: HTTPMethods;
  /** The route's template. */
  readonly url: string;
  /** Judges the head of a request before its body is read. Whatever it throws becomes the answer. */
  readonly admit?: (request: FastifyRequest) => void;
  /** Whatever it throws becomes the answer. */
  handle(request: FastifyRequest): void | Promise<void>;
}

/** Takes the reply out of the framework's hands: an {@link Answer} writes to the socket itself. */
export const handlerOf = (endpoint: Endpoint) => (request: FastifyRequest, reply: FastifyReply) => {
  reply.hijack();
  const fail = (thrown: unknown) => {
    request.answer.fail(Fault.from(thrown));
  };
  try {
    endpoint.handle(request)?.catch(fail);
  } catch (thrown) {
    fail(thrown);
  }
};
