import { composeAnswer } from '../model/model-answer.ts';
import type { Endpoint } from '../protocol.ts';
import { jsonReply } from '../reply.ts';
import { parseRequest } from '../request-issue.ts';
import { refuseRequest } from './errors.ts';
import { checkModel, openaiProtocol } from './protocol.ts';
import { closeResponse, openResponse, outputItems } from './responses-object.ts';
import { toModelRequest } from './responses-request.ts';
import { responsesSchema } from './responses-schema.ts';
import { streamResponse } from './responses-stream.ts';

/** `POST /v1/responses` */
export const responsesEndpoint: Endpoint = {
  protocol: openaiProtocol,
  handle(call) {
    const request = parseRequest(responsesSchema, call.body, refuseRequest);
    checkModel(request.model);
    const modelRequest = toModelRequest(request);
    const answer = composeAnswer(modelRequest, call.settings);
    const open = openResponse(request, call.serial);
    const output = outputItems(request, answer, call.serial);
    const closed = closeResponse(open, output, answer);
    if (modelRequest.stream) return streamResponse({ open, closed, output, chunks: call.settings.chunks });
    return jsonReply(closed, { tokens: answer.usage.outputTokens });
  },
};
