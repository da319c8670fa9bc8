import type { Message } from 'ollama';
import { composeAnswer } from '../model/model-answer.ts';
import type { Endpoint } from '../protocol.ts';
import { parseRequest } from '../request-issue.ts';
import { refuseRequest } from './errors.ts';
import { chatToModelRequest } from './model-request.ts';
import { checkModel, ollamaProtocol } from './protocol.ts';
import type { Saying } from './records.ts';
import { encodeAnswer } from './records.ts';
import { chatSchema } from './schemas.ts';

/** `POST /api/chat` */
export const chatEndpoint: Endpoint = {
  protocol: ollamaProtocol,
  handle({ body, settings }) {
    const request = parseRequest(chatSchema, body, refuseRequest);
    checkModel(request.model);
    const modelRequest = chatToModelRequest(request);
    const answer = composeAnswer(modelRequest, settings);
    return encodeAnswer({ request, answer, settings, encode: encodeMessage }, modelRequest.stream);
  },
};

function encodeMessage({ content, thinking, toolCalls }: Saying): { message: Message } {
  const message: Message = { role: 'assistant', content };
  if (thinking !== undefined) message.thinking = thinking;
  if (toolCalls !== undefined) {
    message.tool_calls = toolCalls.map(({ name, arguments: input }) => ({
      function: { name, arguments: input as Record<string, unknown> },
    }));
  }
  return { message };
}
