import type { ChatRequest } from '@weir/contracts/chat/request';
import type { completeChat } from '@weir/contracts/router';
import type { StreamSink } from '@weir/service-kit/bus/bus';
import { parseChat } from '../domain/chat-body.ts';
import { EventStream } from '../http/event-stream.ts';
import { WholeCompletion } from '../http/whole-completion.ts';
import type { ChatArrival } from './arrival.ts';
import type { Routed } from './route.ts';
import type { Stage } from './stage.ts';

export interface ChatRead {
  readonly chat: ChatRequest;
  /** Where the completion goes, in the form that the request asks for. */
  readonly sink: StreamSink<typeof completeChat>;
}

/** Finds out what is asked. The bytes stay as they are; a body that is no chat request goes no further. */
export const readChat: Stage<ChatArrival & Routed, ChatRead> = ({ answer, body, speaksPortkey }, next) => {
  const chat = parseChat(body);
  answer.streams = chat.stream ?? false;
  const Completion = answer.streams ? EventStream : WholeCompletion;
  return next({ chat, sink: new Completion({ answer, speaksPortkey }) });
};
