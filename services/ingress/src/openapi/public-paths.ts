import { judgeAnswer } from '@weir/contracts/cache/lookup';
import { chatChunkSchema } from '@weir/contracts/chat/chunk';
import { chatCompletionSchema } from '@weir/contracts/chat/completion';
import { chatRequestSchema } from '@weir/contracts/chat/request';
import { arrayOf } from '@weir/contracts/collections';
import { modelListSchema, modelSchema } from '@weir/contracts/models';
import { problemsSchema, processStates } from '@weir/contracts/problems';
import { z } from 'zod';
import type { ComponentSchemas, JsonSchema } from './json-schemas.ts';
import { anyKey, errorResponses, statusOf, type Parameter, type Paths } from './operation.ts';

interface PublicPathOptions {
  readonly exposesMetrics: boolean;
}

const header = (name: string, description: string): Parameter => ({
  name,
  in: 'header',
  required: false,
  description,
  schema: { type: 'string' },
});

const responseHeader = (description: string, schema: JsonSchema = { type: 'string' }) => ({
  description,
  schema,
});

const statuses = ['hit-exact', 'hit-semantic', 'miss', 'bypass', 'off'];

const cacheResponseHeaders = {
  'x-weir-cache': responseHeader('What the cache had.', { type: 'string', enum: statuses }),
  'x-weir-cache-entry': responseHeader('Of a hit: the id of the entry.'),
  'x-weir-cache-similarity': responseHeader('Of a semantic hit: how like its question is, up to 1.'),
  age: responseHeader('Of a hit: how many seconds ago it was answered.', { type: 'integer' }),
};

const readySchema = z.object({
  ready: z.boolean(),
  state: z.enum(processStates),
  missing: arrayOf(z.string()),
  problems: problemsSchema,
});

const text = (description: string) => ({
  description,
  content: { 'text/plain': { schema: { type: 'string' } } },
});

/** What applications and operators use. */
export function publicPaths(schemas: ComponentSchemas, { exposesMetrics }: PublicPathOptions): Paths {
  const json = (id: string, schema: z.ZodType) => ({
    'application/json': { schema: schemas.add(id, schema) },
  });
  const readyResponse = (description: string) => ({ description, content: json('Ready', readySchema) });
  const errors = errorResponses([statusOf('invalid_api_key'), statusOf('service_unavailable')]);
  schemas.add('ChatCompletionChunk', chatChunkSchema);
  return {
    '/v1/chat/completions': {
      post: {
        operationId: 'createChatCompletion',
        tags: ['openai'],
        summary: 'Complete a chat, whole or streamed',
        parameters: [
          header('x-weir-config', 'The routing config: the name of a stored one, or JSON.'),
          header('x-weir-metadata', 'A JSON object of texts that says what the request is.'),
          header(
            'x-weir-cache',
            'What the cache may do: `off`, `exact`, `semantic`, or `refresh` for a fresh answer that is kept.',
          ),
          header('x-weir-cache-namespace', 'Answers of other namespaces are not found.'),
          header(
            'cache-control',
            '`no-cache`, `no-store`, `max-age=<seconds>` and `only-if-cached` are honoured.',
          ),
          header('x-weir-timeout-ms', 'How long the request may take.'),
          header(
            'x-weir-heartbeat',
            'In which silences of a stream comments are sent: `off`, `after_content`, or `always`, also before the status is known.',
          ),
          header('traceparent', "The caller's trace."),
        ],
        requestBody: { required: true, content: json('ChatRequest', chatRequestSchema) },
        responses: {
          '200': {
            description:
              'The completion; with `stream`, events of `ChatCompletionChunk` and a last one of `[DONE]`.',
            headers: cacheResponseHeaders,
            content: {
              ...json('ChatCompletion', chatCompletionSchema),
              'text/event-stream': { schema: { type: 'string' } },
            },
          },
          ...errorResponses([
            statusOf('invalid_request'),
            statusOf('invalid_api_key'),
            statusOf('model_not_allowed'),
            statusOf('model_not_found'),
            statusOf('body_too_large'),
            statusOf('unsupported_media_type'),
            statusOf('upstream_rate_limited'),
            statusOf('upstream_error'),
            statusOf('service_unavailable'),
            statusOf('upstream_timeout'),
          ]),
        },
        security: anyKey,
      },
    },
    '/v1/feedback': {
      post: {
        operationId: 'judgeAnswer',
        tags: ['openai'],
        summary: 'Say whether an answer from the cache was right',
        description: 'An answer that is wrong is not given again to questions that are less like its own.',
        requestBody: { required: true, content: json('FeedbackRequest', judgeAnswer.request) },
        responses: {
          '200': { description: 'The verdict, and on what.', content: json('Feedback', judgeAnswer.reply) },
          ...errors,
          ...errorResponses([statusOf('invalid_request'), statusOf('not_found')]),
        },
        security: anyKey,
      },
    },
    '/v1/models': {
      get: {
        operationId: 'listModels',
        tags: ['openai'],
        summary: 'List the models',
        responses: {
          '200': { description: 'Every model.', content: json('ModelList', modelListSchema) },
          ...errors,
        },
        security: anyKey,
      },
    },
    '/v1/models/{model}': {
      get: {
        operationId: 'readModel',
        tags: ['openai'],
        summary: 'Read a model',
        description: 'Its id may hold slashes, as `<provider>/<model>` does.',
        parameters: [{ name: 'model', in: 'path', required: true, schema: { type: 'string' } }],
        responses: {
          '200': { description: 'The model.', content: json('Model', modelSchema) },
          ...errorResponses([statusOf('invalid_api_key'), statusOf('model_not_found')]),
        },
        security: anyKey,
      },
    },
    '/health': {
      get: {
        operationId: 'health',
        tags: ['operations'],
        summary: 'Whether the process lives',
        responses: { '200': text('It does.') },
        security: [],
      },
    },
    '/ready': {
      get: {
        operationId: 'ready',
        tags: ['operations'],
        summary: 'Whether requests would be served now',
        responses: {
          '200': readyResponse('They would.'),
          '503': readyResponse('What is missing.'),
        },
        security: [],
      },
    },
    ...(exposesMetrics && {
      '/metrics': {
        get: {
          operationId: 'metrics',
          tags: ['operations'],
          summary: "Metrics, in Prometheus's text format",
          responses: { '200': text('The metrics.') },
          security: [],
        },
      },
    }),
  };
}
