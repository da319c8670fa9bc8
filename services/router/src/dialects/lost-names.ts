import type { ChatRequest } from '@weir/contracts/chat/request';

/** A warning where messages say who speaks, for protocols that have roles alone. A function's result needs its name. */
export function lostNameWarnings({ messages }: ChatRequest): string[] {
  const hasNames = messages.some((message) => message.role !== 'function' && Boolean(message['name']));
  return hasNames ? ['messages[].name is not supported'] : [];
}
