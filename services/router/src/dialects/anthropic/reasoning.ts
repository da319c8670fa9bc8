import type { OutputConfig, ThinkingConfigParam } from '@anthropic-ai/sdk/resources/messages';
import type { ChatRequest, ReasoningEffort } from '@weir/contracts/chat/request';
import { forcesToolUse } from './tools.ts';

type Effort = NonNullable<OutputConfig['effort']>;

const efforts: Readonly<Record<Exclude<ReasoningEffort, 'none'>, Effort>> = {
  minimal: 'low',
  low: 'low',
  medium: 'medium',
  high: 'high',
  xhigh: 'xhigh',
  max: 'max',
};

/** How much the model should think. Newer models keep their thoughts to themselves unless asked to sum them up. */
export function toReasoning(chat: ChatRequest): { thinking?: ThinkingConfigParam; effort?: Effort } {
  const asked = chat.reasoning_effort;
  if (asked === null || asked === undefined) return {};
  if (asked === 'none') return { thinking: { type: 'disabled' } };
  const effort = efforts[asked];
  // Anthropic refuses thinking where a tool call is forced. The call is what the caller builds on.
  if (forcesToolUse(chat)) return { effort };
  return { effort, thinking: { type: 'adaptive', display: 'summarized' } };
}
