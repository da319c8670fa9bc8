import type { CacheControlEphemeral, MessageCreateParamsBase } from '@anthropic-ai/sdk/resources/messages';
import type { ChatRequest } from '@weir/contracts/chat/request';
import { countCacheMarks } from '../unsupported.ts';
import { z } from 'zod';
import { isThought } from './reasoning-details.ts';

interface Marked {
  cache_control?: CacheControlEphemeral | null;
}

/** Source: Anthropic's documentation of prompt caching, November 2026. More are refused. */
const maxMarks = 4;

const schema = z.object({ type: z.literal('ephemeral'), ttl: z.enum(['5m', '1h']).optional() });

/**
 * The mark up to which Anthropic caches the prompt. OpenAI's form has none; gateways agree on carrying Anthropic's on
 * messages, content parts, tools and tool calls, also within their `function`. Without it nothing is cached.
 */
export function cacheControl(...marked: readonly object[]): { cache_control?: CacheControlEphemeral } {
  for (const one of marked) {
    const { data } = schema.safeParse((one as Record<string, unknown>)['cache_control']);
    if (data) return { cache_control: { type: data.type, ...(data.ttl !== undefined && { ttl: data.ttl }) } };
  }
  return {};
}

/** Puts a message's own mark on the last of its blocks that takes one: thoughts do not. */
export function markLast(
  blocks: readonly { type: string; cache_control?: unknown }[],
  message: object,
): void {
  const last = blocks.findLast((block) => !isThought(block));
  if (last && !last.cache_control) Object.assign(last, cacheControl(message));
}

/** Leaves out the first marks of a body that has too many. Returns warnings for those, and for the request's that got lost. */
export function fitCacheMarks(
  body: Pick<MessageCreateParamsBase, 'tools' | 'system' | 'messages'>,
  chat: ChatRequest,
): string[] {
  const sent = markedBlocks(body);
  // A mark on the request itself takes one of the places.
  const surplus = sent.length - (chat['cache_control'] ? maxMarks - 1 : maxMarks);
  for (const block of sent.slice(0, Math.max(0, surplus))) delete block.cache_control;
  return [
    ...(sent.length < countCacheMarks(chat)
      ? ['cache_control is not supported in its form, or where it stands, and was left out']
      : []),
    ...(surplus > 0
      ? [`the first ${surplus} marks with cache_control were left out: Anthropic takes ${maxMarks}`]
      : []),
  ];
}

/** In the order in which Anthropic reads them. */
function markedBlocks({
  tools,
  system,
  messages,
}: Pick<MessageCreateParamsBase, 'tools' | 'system' | 'messages'>): Marked[] {
  const blocks: Marked[] = [...(tools ?? []), ...(Array.isArray(system) ? system : [])] as Marked[];
  for (const { content } of messages) {
    if (typeof content === 'string') continue;
    for (const block of content) {
      if (block.type === 'tool_result' && Array.isArray(block.content))
        for (const part of block.content) blocks.push(part);
      blocks.push(block as Marked);
    }
  }
  return blocks.filter((block) => block.cache_control);
}
