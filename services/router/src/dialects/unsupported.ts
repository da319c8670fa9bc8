import { Fault } from '@weir/service-kit/fault';
import type { ChatRequest } from '@weir/contracts/chat/request';

/** A part of the request that a protocol has no words for, and that cannot be left out without changing its meaning. */
export function unsupported(message: string, param: string): Fault {
  return new Fault('unsupported_parameter', { message, param });
}

/** A content part of a kind that a protocol has no words for. `who` takes none: `Anthropic models`. */
export function unsupportedPart(who: string, part: { readonly type: unknown }, param: string): Fault {
  return unsupported(`${who} take no content parts of the type "${String(part.type)}".`, `${param}.type`);
}

/**
 * The request, for protocols without OpenAI's first form of tools. Throws a Fault where it is used: to leave it out
 * would change what is asked, and its callers could not read an answer with `tool_calls`.
 */
export function withoutLegacyFunctions(chat: ChatRequest): ChatRequest {
  const functions = chat['functions'];
  if (Array.isArray(functions) && functions.length > 0) {
    throw unsupported('This model takes no "functions": use "tools".', 'functions');
  }
  const index = chat.messages.findIndex(
    (message) => message.role === 'assistant' && message['function_call'],
  );
  if (index < 0) return chat;
  const message = 'This model takes no "function_call": use "tool_calls".';
  throw unsupported(message, `messages[${index}].function_call`);
}

/** A warning where messages say who speaks, for protocols that have roles alone. A function's result needs its name. */
export function lostNameWarnings({ messages }: ChatRequest): string[] {
  const hasNames = messages.some((message) => message.role !== 'function' && Boolean(message['name']));
  return hasNames ? ['messages[].name is not supported'] : [];
}

/** Whether an answer is asked for that is not text, or not text alone. */
export function asksForMoreThanText({ modalities }: ChatRequest): boolean {
  return (modalities ?? []).some((modality) => modality !== 'text');
}

/** A warning where images say in which detail they are to be seen, for protocols that have no word for it. */
export function lostImageDetailWarnings({ messages }: ChatRequest): string[] {
  const hasDetail = messages.some(
    ({ content }) => Array.isArray(content) && (content as object[]).some(asksForDetail),
  );
  return hasDetail ? ['image_url.detail is not supported'] : [];
}

function asksForDetail(part: object): boolean {
  const image = (part as Record<string, unknown>)['image_url'];
  if (typeof image !== 'object' || image === null || !('detail' in image)) return false;
  return Boolean(image.detail) && image.detail !== 'auto';
}

/** A warning where a caller marks what is to be cached, for protocols that cache without being told. */
export function lostCacheMarkWarnings(chat: ChatRequest): string[] {
  return countCacheMarks(chat) > 0 ? ['messages[].cache_control is not supported'] : [];
}

/** How many places of a request are marked to be cached: tools, messages, their parts and calls, or their `function`. */
export function countCacheMarks({ tools, messages }: ChatRequest): number {
  let count = 0;
  for (const tool of tools ?? []) count += hasMark(tool, 'function') ? 1 : 0;
  for (const message of messages) {
    const parts = Array.isArray(message.content) ? (message.content as object[]) : [];
    const calls = message.role === 'assistant' ? (message.tool_calls ?? []) : [];
    const within = [...parts, ...calls].filter((one) => hasMark(one, 'function')).length;
    // Its own mark may be that of its last part.
    count += within || (hasMark(message) ? 1 : 0);
  }
  return count;
}

function hasMark(one: object, within?: string): boolean {
  const { cache_control: mark, ...rest } = one as Record<string, unknown>;
  if (mark) return true;
  const inner = within === undefined ? undefined : rest[within];
  return typeof inner === 'object' && inner !== null && hasMark(inner);
}
