import type { AssistantMessage } from '@weir/contracts/chat/message';
import { safeParse } from '@weir/service-kit/schema-fault';
import { z } from 'zod';

/** Thoughts as Anthropic gives them and takes them back. Compatible hosts may not sign them. */
export type ThinkingBlock =
  | { readonly type: 'thinking'; readonly thinking: string; readonly signature?: string }
  | { readonly type: 'redacted_thinking'; readonly data: string };

/** OpenRouter's name for reasoning that only Claude can read again; the default, where none is given. */
const claudeFormat = 'anthropic-claude-v1';

/**
 * Thoughts in the form that clients of chat APIs keep in an answer's message and send back unchanged. `first` is the index of
 * the first one in the answer. Source: OpenRouter's documentation of reasoning tokens, read in November 2026.
 */
export function toReasoningDetails(blocks: readonly ThinkingBlock[], first = 0): Record<string, unknown>[] {
  return blocks.map((block, position) => {
    const place = { format: claudeFormat, index: first + position };
    if (block.type === 'redacted_thinking')
      return { type: 'reasoning.encrypted', data: block.data, ...place };
    const { thinking: text, signature } = block;
    return { type: 'reasoning.text', text, ...(signature && { signature }), ...place };
  });
}

/**
 * The thoughts that a message of the history brings back, byte for byte: in `reasoning_details`, in LiteLLM's
 * `thinking_blocks`, or among its parts. `isLost` where it has some that cannot be sent: another provider's, or without the
 * signature that Claude asks for.
 */
export function toThinkingBlocks(
  message: AssistantMessage,
  needsSignature: boolean,
): { blocks: ThinkingBlock[]; isLost: boolean } {
  const parts = Array.isArray(message.content) ? message.content.filter(isThought) : [];
  const forms = [
    readDetails(listOf(message['reasoning_details'])),
    listOf(message['thinking_blocks']).map(readBlock),
    parts.map(readBlock),
  ];
  for (const found of forms) {
    const blocks = found.flatMap((block) => (!block || (needsSignature && isUnsigned(block)) ? [] : [block]));
    if (blocks.length > 0) return { blocks, isLost: blocks.length < found.length };
  }
  return {
    blocks: [],
    isLost: Boolean(message.reasoning_content) || forms.some((found) => found.length > 0),
  };
}

/** Whether a part of a message, or a block, is one of Anthropic's thoughts. */
export function isThought({ type }: { readonly type: unknown }): boolean {
  return type === 'thinking' || type === 'redacted_thinking';
}

const text = z.string().nullish();
const detailSchema = z.discriminatedUnion('type', [
  z.looseObject({
    type: z.literal('reasoning.text'),
    text,
    signature: text,
    format: text,
    index: z.unknown(),
  }),
  z.looseObject({ type: z.literal('reasoning.encrypted'), data: z.string().min(1), format: text }),
]);

/** Undefined stands for what is nothing of Claude's. Pieces of one text that a client has only gathered are joined. */
function readDetails(details: readonly unknown[]): (ThinkingBlock | undefined)[] {
  const blocks: (ThinkingBlock | undefined)[] = [];
  let lastIndex: unknown;
  for (const detail of details) {
    const { data } = safeParse(detailSchema, detail);
    const last = blocks.at(-1);
    if (data === undefined || (data.format ?? claudeFormat) !== claudeFormat) blocks.push(undefined);
    else if (data.type === 'reasoning.encrypted') blocks.push({ type: 'redacted_thinking', data: data.data });
    else if (last?.type === 'thinking' && isUnsigned(last) && lastIndex === data.index) {
      blocks[blocks.length - 1] = thinking(last.thinking + (data.text ?? ''), data.signature);
    } else blocks.push(thinking(data.text, data.signature));
    lastIndex = data?.['index'];
  }
  return blocks;
}

const blockSchema = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('thinking'), thinking: text, signature: text }),
  z.looseObject({ type: z.literal('redacted_thinking'), data: z.string().min(1) }),
]);

function readBlock(value: unknown): ThinkingBlock | undefined {
  const { data } = safeParse(blockSchema, value);
  if (data?.type === 'redacted_thinking') return { type: data.type, data: data.data };
  return data && thinking(data.thinking, data.signature);
}

function thinking(said: string | null | undefined, signature: string | null | undefined): ThinkingBlock {
  return { type: 'thinking', thinking: said ?? '', ...(signature && { signature }) };
}

function isUnsigned(block: ThinkingBlock): boolean {
  return block.type === 'thinking' && !block.signature;
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}
