import type { Dialect } from '../../domain/dialect.ts';
import { readErrorBody } from '../error-body.ts';
import { toCompletion } from './completion.ts';
import { openaiFault } from './refusal.ts';
import { toRequest } from './request.ts';
import { ChunkStream } from './stream.ts';

/** OpenAI's chat completions, and every host that is compatible with them. The base URL includes the version: `/v1`. */
export const openaiDialect: Dialect = {
  name: 'openai',
  framing: 'sse',
  headers: (apiKey): Record<string, string> =>
    apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` },
  request: toRequest,
  completion: toCompletion,
  stream: (context) => new ChunkStream(context),
  refusal: (status, body) => openaiFault(status, readErrorBody(body)),
};
