import type { OpenAI } from 'openai';
import type { ModelAnswer, ModelChoice } from '../model/model-answer.ts';
import { composeAnswer } from '../model/model-answer.ts';
import type { Call, Endpoint } from '../protocol.ts';
import type { JsonReply } from '../reply.ts';
import { jsonReply } from '../reply.ts';
import { parseRequest } from '../request-issue.ts';
import type { WithReasoning } from './chat-parts.ts';
import { completionHead, encodeFinish, encodeLogprobs, toolCallId } from './chat-parts.ts';
import { toModelRequest } from './chat-request.ts';
import { checkChatRequest } from './chat-rules.ts';
import type { ChatRequest } from './chat-schema.ts';
import { chatSchema } from './chat-schema.ts';
import { streamChat } from './chat-stream.ts';
import { encodeUsage } from './chat-usage.ts';
import { refuseRequest } from './errors.ts';
import { checkModel, openaiProtocol } from './protocol.ts';

/** `POST /v1/chat/completions` */
export const chatEndpoint: Endpoint = {
  protocol: openaiProtocol,
  handle(call) {
    const request = parseRequest(chatSchema, call.body, refuseRequest);
    checkChatRequest(request);
    checkModel(request.model);
    const modelRequest = toModelRequest(request, call.settings.emitReasoningContent);
    const answer = composeAnswer(modelRequest, call.settings);
    return modelRequest.stream ? streamChat(request, answer, call) : encodeChat(request, answer, call);
  },
};

function encodeChat(request: ChatRequest, answer: ModelAnswer, call: Call): JsonReply {
  const completion: OpenAI.ChatCompletion = {
    ...completionHead(request, call.serial),
    object: 'chat.completion',
    choices: answer.choices.map((choice, index) => ({
      index,
      message: encodeMessage(choice, index, call),
      logprobs: encodeLogprobs(choice.text, request),
      finish_reason: encodeFinish(choice.finish),
    })),
    usage: encodeUsage(answer.usage),
  };
  return jsonReply(completion, { tokens: answer.usage.outputTokens });
}

function encodeMessage(
  choice: ModelChoice,
  choiceIndex: number,
  call: Call,
): OpenAI.ChatCompletionMessage & WithReasoning {
  const message: OpenAI.ChatCompletionMessage & WithReasoning = {
    role: 'assistant',
    content: choice.toolCalls.length > 0 ? null : choice.text,
    refusal: null,
    annotations: [],
  };
  if (call.settings.emitReasoningContent && choice.reasoning !== '') {
    message.reasoning_content = choice.reasoning;
  }
  if (choice.toolCalls.length > 0) {
    message.tool_calls = choice.toolCalls.map((toolCall, index) => ({
      id: toolCallId(call.serial, choiceIndex, index),
      type: 'function',
      function: { name: toolCall.name, arguments: JSON.stringify(toolCall.arguments) },
    }));
  }
  return message;
}
