import type { Dialect } from '../../domain/dialect.ts';
import { readErrorBody } from '../error-body.ts';
import { version20230601, type ApiVersion } from './api-version.ts';
import { toCompletion } from './completion.ts';
import { anthropicFault } from './refusal.ts';
import { toRequest } from './request.ts';
import { MessageStream } from './stream.ts';

/** Anthropic's Messages API in the version given. The base URL is the host's, as Anthropic's SDKs have it, without `/v1`. */
export function createAnthropicDialect(version: ApiVersion): Dialect {
  return {
    name: 'anthropic',
    framing: 'sse',
    headers: (apiKey) => ({
      'anthropic-version': version.version,
      ...(apiKey !== undefined && version.credential(apiKey)),
    }),
    request: (chat, target) => toRequest(chat, target, version),
    completion: toCompletion,
    stream: (context) => new MessageStream(context),
    refusal: (status, body) => anthropicFault(status, readErrorBody(body)),
  };
}

export const anthropicDialect: Dialect = createAnthropicDialect(version20230601);
