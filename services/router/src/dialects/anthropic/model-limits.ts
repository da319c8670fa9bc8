import type { ChatRequest } from '@weir/contracts/chat/request';

/** `claude-3-5-haiku-20241022`, `us.anthropic.claude-opus-4-8-v1:0`: a date is not a minor version. */
const generationInName = /claude-(?:[a-z]+-)?(\d{1,2})(?:[-.](\d{1,2}))?(?!\d)/;

/** Models that cannot be told not to think. */
const alwaysThinks = /claude-(?:fable|mythos)/;

const sampling = ['temperature', 'top_p', 'top_k'];

/**
 * The parameters of a request that its model is known to answer with a 400. Most current Claude models refuse what
 * callers of a chat API send by habit, and a request without `temperature` serves them better than none. A
 * model whose name says nothing, as at a compatible host, is sent everything.
 *
 * Source: Anthropic's documentation of adaptive thinking and its migration guides.
 */
export function refusedByModel(model: string, chat: ChatRequest): string[] {
  const effort = chat.reasoning_effort ?? undefined;
  if (effort === 'none' && alwaysThinks.test(model)) return [...sampling, 'reasoning_effort'];
  const generation = generationOf(model);
  if (generation === undefined) return [];
  const thinks = effort !== undefined && effort !== 'none' && generation >= 4.6;
  if (thinks || generation >= 4.7) return sampling;
  return [
    // Before 4.6, thinking has a budget in tokens, and there is no effort to set.
    ...(generation < 4.6 ? ['reasoning_effort'] : []),
    // From 4.1 on, either may be set, but not both.
    ...(generation >= 4.1 && isSet(chat.temperature) && isSet(chat.top_p) ? ['top_p'] : []),
  ];
}

/** 4.5 for `claude-haiku-4-5`. A minor version beyond 9 would need a form of its own; there has been none. */
function generationOf(model: string): number | undefined {
  const [, major, minor = '0'] = generationInName.exec(model) ?? [];
  return major === undefined ? undefined : Number(`${major}.${minor}`);
}

function isSet(value: number | null | undefined): boolean {
  return value !== null && value !== undefined;
}
