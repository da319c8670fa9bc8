import type { Anthropic } from '@anthropic-ai/sdk';
import type { Endpoint } from '../protocol.ts';
import { jsonReply } from '../reply.ts';
import { anthropicProtocol } from './protocol.ts';

const MODELS = {
  'claude-opus-5-5': 'Claude Opus 5.5',
  'claude-sonnet-5-5': 'Claude Sonnet 5.5',
  'claude-sonnet-4-6': 'Claude Sonnet 4.6',
};

/** `GET /v1/models` with an anthropic-version header */
export const modelsEndpoint: Endpoint = {
  protocol: anthropicProtocol,
  handle() {
    const data = Object.entries(MODELS).map(([id, display_name]): Anthropic.ModelInfo => ({
      id,
      type: 'model',
      display_name,
      created_at: '2026-01-01T00:00:00Z',
      deprecated_at: null,
      retires_at: null,
      lifecycle: 'active',
      line: null,
      capabilities: null,
      max_input_tokens: 200_000,
      max_tokens: 64_000,
    }));
    return jsonReply({ data, has_more: false, first_id: data[0]?.id, last_id: data.at(-1)?.id });
  },
};
