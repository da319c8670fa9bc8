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

/** OpenAI's dialect, below `/v1`. */
export const openAiRoutes = ({ contextOf, pipelines: { chat, model, models } }: OpenAiParts): Route[] => [
  {
    method: 'POST',
    url: '/v1/chat/completions',
    admit: chat.admit,
    handle(request) {
      const { body } = request;
      if (!Buffer.isBuffer(body)) throw new Fault('unsupported_media_type');
      return chat.handle({ ...contextOf(request), body });
    },
  },
  {
    method: 'GET',
    url: '/v1/models',
    admit: models.admit,
    handle: (request) => models.handle(contextOf(request)),
  },
  {
    method: 'GET',
    url: '/v1/models/*',
    admit: model.admit,
    handle(request) {
      const prefix = 'The path is not valid: ';
      const { '*': modelId } = parseOrFault(modelParamsSchema, request.params, { prefix });
      return model.handle({ ...contextOf(request), modelId });
    },
  },
];
