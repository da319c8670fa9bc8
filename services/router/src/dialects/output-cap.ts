import type { ChatRequest } from '@weir/contracts/chat/request';
import type { WireTarget } from '../domain/dialect.ts';

/** A cap on the output, and what of it the caller should know. */
interface OutputCap<Tokens = number> {
  readonly tokens: Tokens;
  readonly warnings: string[];
}

/**
 * The cap for a protocol that needs one: what the caller asked for, or one of ours, and never more than the model gives.
 * The caller is told where it gets less than it asked for, and where it asked for nothing. One of ours leaves as much room
 * for the answer beside the thoughts as without them.
 */
export function outputCap(
  chat: ChatRequest,
  { defaultTokens, roomTokens = Infinity, maxTokens = Infinity }: WireTarget['output'],
): OutputCap {
  const asked = askedCap(chat);
  if (asked === undefined) {
    const tokens = Math.min(defaultTokens + thinkingBudgetOf(chat), roomTokens, maxTokens);
    return { tokens, warnings: [`max_tokens was set to ${tokens}`] };
  }
  const tokens = Math.min(asked, maxTokens);
  return {
    tokens,
    warnings: tokens < asked ? [`max_tokens was lowered to ${tokens}, the most that the model gives`] : [],
  };
}

/** The same for all other protocols: none where the caller asked for none, unless a budget has to bound the attempt. */
export function outputCapIfNeeded(
  chat: ChatRequest,
  output: WireTarget['output'],
): OutputCap<number | undefined> {
  const isNeeded = askedCap(chat) !== undefined || output.isCapRequired;
  return isNeeded ? outputCap(chat, output) : { tokens: undefined, warnings: [] };
}

/** What the caller asked for, by either name: -1 asks for none. */
export function askedCap({ max_completion_tokens, max_tokens }: ChatRequest): number | undefined {
  const asked = max_completion_tokens ?? max_tokens ?? -1;
  return asked > 0 ? asked : undefined;
}

/** Anthropic's `thinking`, which compatible hosts take too: the thoughts are counted as output. */
function thinkingBudgetOf(chat: ChatRequest): number {
  const { thinking } = chat as { thinking?: { type?: unknown; budget_tokens?: unknown } | null };
  const budget = thinking?.type === 'enabled' ? thinking.budget_tokens : undefined;
  return typeof budget === 'number' && Number.isSafeInteger(budget) && budget > 0 ? budget : 0;
}
