import type { FastifyRequest } from 'fastify';
import { Fault } from '@weir/service-kit/fault';
import { parseOrFault } from '@weir/service-kit/schema-fault';
import { z } from 'zod';
import type { Pipelines } from '../pipeline.ts';
import type { CreateContext } from '../request-context.ts';
import type { Route } from './route.ts';

interface OpenAiParts {
  readonly contextOf: CreateContext;
  readonly pipelines: Pipelines;
}

/** The id of a model may hold slashes, as `<provider>/<model>` does. */
const modelParamsSchema = z.object({ '*': z.string() });

function bodyOf({ body }: FastifyRequest): Buffer {
  if (!Buffer.isBuffer(body)) throw new Fault('unsupported_media_type');
  return body;
}

/** OpenAI's dialect, below `/v1`, and what Weir adds to it. */
export const openAiRoutes = ({
  contextOf,
  pipelines: { chat, feedback, model, models },
}: OpenAiParts): Route[] => [
  {
    method: 'POST',
    url: '/v1/chat/completions',
    share: 'completions',
    admit: chat.admit,
    handle: (request) => chat.handle({ ...contextOf(request), body: bodyOf(request) }),
  },
  {
    method: 'POST',
    url: '/v1/feedback',
    share: 'completions',
    admit: feedback.admit,
    handle: (request) => feedback.handle({ ...contextOf(request), body: bodyOf(request) }),
  },
  {
    method: 'GET',
    url: '/v1/models',
    share: 'models',
    admit: models.admit,
    handle: (request) => models.handle(contextOf(request)),
  },
  {
    method: 'GET',
    url: '/v1/models/*',
    share: 'models',
    admit: model.admit,
    handle(request) {
      const prefix = 'The path is not valid: ';
      const { '*': modelId } = parseOrFault(modelParamsSchema, request.params, { prefix });
      return model.handle({ ...contextOf(request), modelId });
    },
  },
];
