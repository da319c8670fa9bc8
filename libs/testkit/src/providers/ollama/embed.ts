import type { EmbedResponse } from 'ollama';
import { embedText } from '../model/embedding.ts';
import { countTokens } from '../model/tokens.ts';
import type { Endpoint } from '../protocol.ts';
import { jsonReply } from '../reply.ts';
import { parseRequest } from '../request-issue.ts';
import { refuseRequest } from './errors.ts';
import { checkModel, ollamaProtocol } from './protocol.ts';
import { embedSchema } from './schemas.ts';

const DEFAULT_DIMENSIONS = 768;

/** `POST /api/embed` */
export const embedEndpoint: Endpoint = {
  protocol: ollamaProtocol,
  handle({ body }) {
    const request = parseRequest(embedSchema, body, refuseRequest);
    checkModel(request.model);
    const texts = typeof request.input === 'string' ? [request.input] : request.input;
    const response: EmbedResponse = {
      model: request.model,
      embeddings: texts.map((text) => embedText(text, request.dimensions ?? DEFAULT_DIMENSIONS)),
      total_duration: 1_000_000,
      load_duration: 1_000_000,
      prompt_eval_count: texts.reduce((sum, text) => sum + countTokens(text), 0),
    };
    return jsonReply(response);
  },
};
