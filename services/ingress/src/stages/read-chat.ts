import { chatRequestSchema, type ChatRequest } from '@weir/contracts/chat/request';
import type { Clock } from '@weir/service-kit/clock';
import { parseOrFault } from '@weir/service-kit/schema-fault';
import type { CompletionSink } from '../completion-sink.ts';
import { parseJsonBody } from '../domain/json-body.ts';
import { createJsonCompletionWriter, createSseCompletionWriter } from '../http/completion-writers.ts';
import { heartbeatFromHeaders, type HeartbeatSettings } from '../http/heartbeat.ts';
import { unanswered } from '../http/llm-metrics.ts';
import type { ChatContext } from '../request-context.ts';
import type { RoutingHeaders } from './read-routing-headers.ts';
import type { Stage } from './stage.ts';

export interface ChatRead {
  readonly chat: ChatRequest;
  /** Where the completion goes, in the form that the request asks for. To screen or change it, pass on a wrapped one. */
  readonly sink: CompletionSink;
}

interface ReadChatParts {
  readonly clock: Clock;
  readonly heartbeat: HeartbeatSettings;
}

/** Finds out what is asked. The bytes stay as they are; a body that is no chat request goes no further. */
export const readChat =
  (parts: ReadChatParts): Stage<ChatContext & RoutingHeaders, ChatRead> =>
  (request, next) => {
    const { body, headers, response, speaksPortkey } = request;
    response.completion = unanswered;
    const chat = parseOrFault(chatRequestSchema, parseJsonBody(body));
    const heartbeat = heartbeatFromHeaders(headers, parts.heartbeat);
    response.isStreamed = chat.stream ?? false;
    const sink = response.isStreamed
      ? createSseCompletionWriter({ clock: parts.clock, heartbeat, response, speaksPortkey })
      : createJsonCompletionWriter({ response, speaksPortkey });
    return next({ chat, sink });
  };
