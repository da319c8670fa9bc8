import { isJsonObject } from '@weir/service-kit/exact-json';

type Fields = Readonly<Record<string, unknown>>;

/** Messages and tools without the marks of Anthropic's cache, wherever they may stand. */
export function withoutCacheMarks({ messages, tools }: Fields): Fields {
  return {
    ...(Array.isArray(messages) && { messages: messages.map(withoutMarks) }),
    ...(Array.isArray(tools) && { tools: tools.map(withoutMarks) }),
  };
}

/** Of a message, a part, a call, a tool or its function. */
function withoutMarks(one: unknown): unknown {
  if (!isJsonObject(one)) return one;
  const { content, tool_calls: calls, function: called } = one;
  return {
    ...one,
    cache_control: undefined,
    ...(Array.isArray(content) && { content: content.map(withoutMarks) }),
    ...(Array.isArray(calls) && { tool_calls: calls.map(withoutMarks) }),
    ...(isJsonObject(called) && { function: { ...called, cache_control: undefined } }),
  };
}

/** The parts of a message without Anthropic's blocks of thoughts. Mistral's own have a list in the place of the text. */
export function withoutThoughtParts(parts: readonly unknown[]): readonly unknown[] {
  const kept = parts.filter((part) => !isJsonObject(part) || !isAnthropicsThought(part));
  return kept.length < parts.length ? kept : parts;
}

function isAnthropicsThought({ type, thinking }: Fields): boolean {
  return type === 'redacted_thinking' || (type === 'thinking' && typeof thinking === 'string');
}
