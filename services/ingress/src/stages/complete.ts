import { completeChat } from '@weir/contracts/router';
import type { Bus } from '@weir/service-kit/bus/bus';
import type { ChatArrival, Identified } from './arrival.ts';
import type { ChatRead } from './read-chat.ts';
import type { Handler } from './stage.ts';

/** Has the router complete the chat, straight into the request's sink. */
export const complete =
  ({ bus }: { bus: Bus }): Handler<ChatArrival & Identified & ChatRead> =>
  ({ answer, body, envelope, sink }) => {
    answer.follow(bus.requestStream(completeChat, body, envelope, sink));
  };
