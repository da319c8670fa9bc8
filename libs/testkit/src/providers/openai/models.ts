import type { OpenAI } from 'openai';
import type { Endpoint } from '../protocol.ts';
import { jsonReply } from '../reply.ts';
import { openaiProtocol } from './protocol.ts';

const MODEL_IDS = ['gpt-5-mini', 'gpt-4.1-mini', 'text-embedding-3-small'];

/** `GET /v1/models` */
export const modelsEndpoint: Endpoint = {
  protocol: openaiProtocol,
  handle() {
    const data: OpenAI.Model[] = MODEL_IDS.map((id) => ({
      id,
      object: 'model',
      created: 1_767_225_600,
      owned_by: 'fake-provider',
    }));
    return jsonReply({ object: 'list', data });
  },
};
