import type { Anthropic } from '@anthropic-ai/sdk';
import { composeAnswer } from '../model/model-answer.ts';
import type { Endpoint } from '../protocol.ts';
import { jsonReply } from '../reply.ts';
import { parseRequest } from '../request-issue.ts';
import { refuseRequest } from './errors.ts';
import { encodeMessage } from './message-object.ts';
import { countPromptTokens, toModelRequest } from './message-request.ts';
import { checkConversation, checkMessageRequest } from './message-rules.ts';
import type { MessageRequest } from './message-schema.ts';
import { countTokensSchema, messageSchema, messageSchema2023 } from './message-schema.ts';
import { streamMessage } from './message-stream.ts';
import { anthropicProtocol, checkModel, readApiVersion } from './protocol.ts';

/** `POST /v1/messages` */
export const messagesEndpoint: Endpoint = {
  protocol: anthropicProtocol,
  handle(call) {
    const version = readApiVersion(call.headers);
    const schema = version === '2023-06-01' ? messageSchema2023 : messageSchema;
    const request: MessageRequest = parseRequest(schema, call.body, refuseRequest);
    checkMessageRequest(request, version);
    checkModel(request.model);
    const answer = composeAnswer(toModelRequest(request), call.settings);
    const message = encodeMessage(request, answer, call.serial);
    if (request.stream === true) return streamMessage(message, call.settings.chunks);
    return jsonReply(message, { tokens: answer.usage.outputTokens });
  },
};

/** `POST /v1/messages/count_tokens` */
export const countTokensEndpoint: Endpoint = {
  protocol: anthropicProtocol,
  handle(call) {
    const request = parseRequest(countTokensSchema, call.body, refuseRequest);
    checkConversation(request, readApiVersion(call.headers));
    checkModel(request.model);
    const count: Anthropic.MessageTokensCount = { input_tokens: countPromptTokens(request) };
    return jsonReply(count);
  },
};
