import type { IncomingHttpHeaders } from 'node:http';
import { countTokensEndpoint, messagesEndpoint } from './anthropic/messages.ts';
import { modelsEndpoint as anthropicModelsEndpoint } from './anthropic/models.ts';
import { anthropicProtocol } from './anthropic/protocol.ts';
import { chatEndpoint as ollamaChatEndpoint } from './ollama/chat.ts';
import { embedEndpoint } from './ollama/embed.ts';
import { generateEndpoint } from './ollama/generate.ts';
import { ollamaProtocol } from './ollama/protocol.ts';
import { tagsEndpoint, versionEndpoint } from './ollama/server-info.ts';
import { chatEndpoint } from './openai/chat.ts';
import { embeddingsEndpoint } from './openai/embeddings.ts';
import { modelsEndpoint } from './openai/models.ts';
import { openaiProtocol } from './openai/protocol.ts';
import { responsesEndpoint } from './openai/responses.ts';
import type { Endpoint, Protocol } from './protocol.ts';

const ENDPOINTS: Record<string, Endpoint> = {
  'POST /v1/chat/completions': chatEndpoint,
  'POST /v1/responses': responsesEndpoint,
  'POST /v1/embeddings': embeddingsEndpoint,
  'POST /v1/messages': messagesEndpoint,
  'POST /v1/messages/count_tokens': countTokensEndpoint,
  'POST /api/chat': ollamaChatEndpoint,
  'POST /api/generate': generateEndpoint,
  'POST /api/embed': embedEndpoint,
  'GET /api/tags': tagsEndpoint,
  'GET /api/version': versionEndpoint,
};

/** The routes that two protocols share, as they are for those who speak Anthropic's. */
const ANTHROPIC_ENDPOINTS: Record<string, Endpoint> = { 'GET /v1/models': anthropicModelsEndpoint };
const OPENAI_ENDPOINTS: Record<string, Endpoint> = { 'GET /v1/models': modelsEndpoint };

export interface Route {
  protocol: Protocol;
  /** Undefined where the protocol has no such route. */
  endpoint: Endpoint | undefined;
}

export function findRoute(method: string, path: string, headers: IncomingHttpHeaders): Route {
  const name = `${method} ${path}`;
  const protocol = guessProtocol(path, headers);
  const shared = protocol === anthropicProtocol ? ANTHROPIC_ENDPOINTS : OPENAI_ENDPOINTS;
  const endpoint = ENDPOINTS[name] ?? shared[name];
  return { protocol: endpoint?.protocol ?? protocol, endpoint };
}

/** Which protocol a client speaks whose route does not tell. */
function guessProtocol(path: string, headers: IncomingHttpHeaders): Protocol {
  if (path.startsWith('/api/')) return ollamaProtocol;
  return headers['anthropic-version'] === undefined ? openaiProtocol : anthropicProtocol;
}
