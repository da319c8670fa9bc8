import type { Dialect } from '../../domain/dialect.ts';
import { readErrorBody } from '../error-body.ts';
import { version20230601, type ApiVersion, toRequest } from './request.ts';
import { toCompletion } from './completion.ts';
import { anthropicFault } from './provider-error.ts';
import { AnthropicStreamParser } from './stream-parser.ts';

/** Anthropic's Messages API in the version given. The base URL is the host's, as Anthropic's SDKs have it, without `/v1`. */
export function createAnthropicDialect(version: ApiVersion): Dialect {
  return {
    name: 'anthropic',
    framing: 'sse',
    headers: (apiKey) => ({
      'anthropic-version': version.version,
      ...(apiKey !== undefined && version.credential(apiKey)),
    }),
    buildRequest: (chat, target) => toRequest(chat, target, version),
    parseCompletion: toCompletion,
    createStreamParser: (context) => new AnthropicStreamParser(context),
    parseError: (status, body) => anthropicFault(status, readErrorBody(body)),
  };
}

export const anthropicDialect: Dialect = createAnthropicDialect(version20230601);
