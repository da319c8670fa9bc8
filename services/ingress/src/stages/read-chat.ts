import { chatRequestSchema, type ChatRequest } from '@weir/contracts/chat/request';
import type { Clock } from '@weir/service-kit/clock';
import type { JsonReader } from '@weir/service-kit/json-reader';
import { parseOrFault } from '@weir/service-kit/schema-fault';
import type { CompletionSink } from '../completion-sink.ts';
import { readJsonBody } from '../domain/json-body.ts';
import { createJsonCompletionWriter, createSseCompletionWriter } from '../http/completion-writers.ts';
import { heartbeatFromHeaders, type HeartbeatSettings } from '../http/heartbeat.ts';
import { unanswered } from '../http/llm-metrics.ts';
import type { ChatContext } from '../request-context.ts';
import type { RoutingHeaders } from './read-routing-headers.ts';
import type { Stage } from './stage.ts';

export interface ChatRead {
  readonly chat: ChatRequest;
  /** Of how many brackets, keys and values its JSON consists. */
  readonly values: number;
  /** Where the completion goes, in the form that the request asks for. To screen or change it, pass on a wrapped one. */
  readonly sink: CompletionSink;
}

interface ReadChatParts {
  readonly clock: Clock;
  readonly heartbeat: HeartbeatSettings;
  readonly reader: JsonReader;
}

/** Finds out what is asked. The bytes stay as they are; a body that is no chat request goes no further. */
export const readChat =
  (parts: ReadChatParts): Stage<ChatContext & RoutingHeaders, ChatRead> =>
  async (request, next) => {
    const { body, headers, response, speaksPortkey } = request;
    response.completion = unanswered;
    const { chat, values } = await readJsonBody(body, {
      reader: parts.reader,
      judge: (value, values) => ({ chat: parseOrFault(chatRequestSchema, value), values }),
    });
    // A large body waits for others, and meanwhile its client may have left.
    if (response.isOver) return;
    const heartbeat = heartbeatFromHeaders(headers, parts.heartbeat);
    response.isStreamed = chat.stream ?? false;
    const sink = response.isStreamed
      ? createSseCompletionWriter({ clock: parts.clock, heartbeat, response, speaksPortkey })
      : createJsonCompletionWriter({ response, speaksPortkey });
    await next({ chat, values, sink });
  };
