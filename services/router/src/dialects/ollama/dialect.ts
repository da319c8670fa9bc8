import type { Dialect } from '../../domain/dialect.ts';
import { readErrorBody } from '../error-body.ts';
import { toCompletion } from './completion.ts';
import { ollamaFault } from './refusal.ts';
import { toRequest } from './request.ts';
import { RecordStream } from './stream.ts';

/** Ollama's own protocol, `/api/chat`. A key is needed by hosted servers only. */
export const ollamaDialect: Dialect = {
  name: 'ollama',
  framing: 'ndjson',
  headers: (apiKey): Record<string, string> =>
    apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` },
  request: toRequest,
  completion: toCompletion,
  stream: (context) => new RecordStream(context),
  refusal: (status, body) => ollamaFault(status, readErrorBody(body)),
};
