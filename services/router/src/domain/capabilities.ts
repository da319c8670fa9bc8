import type { ChatRequest } from '@weir/contracts/chat/request';
import type { Message } from '@weir/contracts/chat/message';
import { askedCap } from '../dialects/output-cap.ts';
import type { ProviderModel } from './provider.ts';

/** What a model must be capable of to answer a chat. */
export interface Requirements {
  readonly images: boolean;
  readonly tools: boolean;
  /**
   * An estimate from lengths alone, and nothing to bill or to refuse by: a token for four characters of text, which is
   * about what English prose comes to and less than most else, and a flat figure for all that is no text.
   */
  readonly inputTokens: number;
  /** The cap on the output, where the caller sets one. */
  readonly outputTokens: number | undefined;
}

const charactersPerToken = 4;
/** An image, a sound or a file. */
const attachmentTokens = 1_000;

/** Reads the chat once, and no text of it. */
export function requirementsOf(chat: ChatRequest): Requirements {
  const { messages, tools } = chat;
  let characters = tools && tools.length > 0 ? JSON.stringify(tools).length : 0;
  let attachments = 0;
  let images = false;
  for (const message of messages) {
    characters += lengthOf(message);
    if (!Array.isArray(message.content)) continue;
    for (const part of message.content) {
      if (part.type === 'text') characters += part.text.length;
      else if (part.type === 'refusal') characters += part.refusal.length;
      else attachments++;
      images ||= part.type === 'image_url';
    }
  }
  return {
    images,
    tools: (tools?.length ?? 0) > 0,
    inputTokens: Math.ceil(characters / charactersPerToken) + attachments * attachmentTokens,
    outputTokens: askedCap(chat),
  };
}

/** Characters of a message without its content's parts. */
function lengthOf(message: Message): number {
  const own = typeof message.content === 'string' ? message.content.length : 0;
  if (message.role !== 'assistant') return own;
  let called = 0;
  for (const call of message.tool_calls ?? []) {
    if (call.type === 'function') called += call.function.arguments.length;
    else if (call.type === 'custom') called += call.custom.input.length;
  }
  return own + called + (message.reasoning_content?.length ?? 0);
}

/**
 * The capability that a model is known not to have; unknown ones count as present. `context` rests on an estimate: where it
 * is missing at all targets, the one with the largest window is tried all the same (see `TargetPlan`).
 */
export function missingCapability(
  model: ProviderModel,
  requirements: Requirements,
): 'images' | 'tools' | 'context' | undefined {
  if (requirements.images && model.takesImages === false) return 'images';
  if (requirements.tools && model.takesTools === false) return 'tools';
  if (model.contextTokens !== undefined && requirements.inputTokens > model.contextTokens) return 'context';
  return undefined;
}
