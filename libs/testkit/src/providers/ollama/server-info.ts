import type { ModelResponse, VersionResponse } from 'ollama';
import type { Endpoint } from '../protocol.ts';
import { jsonReply } from '../reply.ts';
import { ollamaProtocol } from './protocol.ts';

/** The SDK's type has a date that JSON cannot carry, and what only a running model has. */
type ListedModel = Omit<ModelResponse, 'modified_at' | 'expires_at' | 'size_vram'> & { modified_at: string };

const MODEL_NAMES = ['llama3.2:latest', 'nomic-embed-text:latest'];

/** `GET /api/tags` */
export const tagsEndpoint: Endpoint = {
  protocol: ollamaProtocol,
  handle() {
    const models = MODEL_NAMES.map((name): ListedModel => ({
      name,
      model: name,
      modified_at: '2026-01-01T00:00:00Z',
      size: 2_019_393_189,
      digest: 'a80c4f17acd55265feec403c7aef86be0c25983ab279d83f3bcd3abbcb5b8b72',
      details: {
        parent_model: '',
        format: 'gguf',
        family: 'llama',
        families: ['llama'],
        parameter_size: '3.2B',
        quantization_level: 'Q4_K_M',
      },
    }));
    return jsonReply({ models });
  },
};

/** `GET /api/version` */
export const versionEndpoint: Endpoint = {
  protocol: ollamaProtocol,
  handle() {
    const response: VersionResponse = { version: '0.32.4' };
    return jsonReply(response);
  },
};
