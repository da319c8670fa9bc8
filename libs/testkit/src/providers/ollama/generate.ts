import type { GenerateResponse } from 'ollama';
import { composeAnswer } from '../model/model-answer.ts';
import type { Endpoint } from '../protocol.ts';
import { parseRequest } from '../request-issue.ts';
import { refuseRequest } from './errors.ts';
import { generateToModelRequest } from './model-request.ts';
import { checkModel, ollamaProtocol } from './protocol.ts';
import type { Saying } from './records.ts';
import { encodeAnswer } from './records.ts';
import { generateSchema } from './schemas.ts';

/** `POST /api/generate` */
export const generateEndpoint: Endpoint = {
  protocol: ollamaProtocol,
  handle({ body, settings }) {
    const request = parseRequest(generateSchema, body, refuseRequest);
    checkModel(request.model);
    const modelRequest = generateToModelRequest(request);
    const answer = composeAnswer(modelRequest, settings);
    return encodeAnswer({ request, answer, settings, encode: encodeResponse }, modelRequest.stream);
  },
};

function encodeResponse({ content, thinking }: Saying): Pick<GenerateResponse, 'response' | 'thinking'> {
  return { response: content, ...(thinking !== undefined && { thinking }) };
}
