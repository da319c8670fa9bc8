import { chatRequestSchema, type ChatRequest } from '@weir/contracts/chat/request';
import { parseOrFault } from '@weir/service-kit/schema-fault';
import type { CompletionSink } from '../completion-sink.ts';
import { parseJsonBody } from '../domain/json-body.ts';
import { createJsonCompletionWriter, createSseCompletionWriter } from '../http/completion-writers.ts';
import { unanswered } from '../http/llm-metrics.ts';
import type { ChatContext } from '../request-context.ts';
import type { RoutingHeaders } from './read-routing-headers.ts';
import type { Stage } from './stage.ts';

export interface ChatRead {
  readonly chat: ChatRequest;
  /** Where the completion goes, in the form that the request asks for. To screen or change it, pass on a wrapped one. */
  readonly sink: CompletionSink;
}

/** Finds out what is asked. The bytes stay as they are; a body that is no chat request goes no further. */
export const readChat: Stage<ChatContext & RoutingHeaders, ChatRead> = (request, next) => {
  const { body, response, speaksPortkey } = request;
  response.completion = unanswered;
  const chat = parseOrFault(chatRequestSchema, parseJsonBody(body));
  response.isStreamed = chat.stream ?? false;
  const createWriter = response.isStreamed ? createSseCompletionWriter : createJsonCompletionWriter;
  return next({ chat, sink: createWriter({ response, speaksPortkey }) });
};
