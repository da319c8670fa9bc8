import type { ThinkingConfigParam } from '@anthropic-ai/sdk/resources/messages';
import type { ChatRequest } from '@weir/contracts/chat/request';
import { type Effort, type ThinkingProfile, thinkingProfileOf } from './thinking-profile.ts';
import { forcesToolUse } from './tools.ts';

export interface Reasoning {
  /** As the caller has it, or made of its effort; what a model does unasked is undefined. */
  readonly thinking?: ThinkingConfigParam;
  readonly effort?: Effort;
  readonly warnings: readonly string[];
}

interface Asked {
  readonly chat: ChatRequest;
  readonly model: string;
  /** The cap on the output, which thoughts are a part of. */
  readonly capTokens: number;
  /** Whether tools are answered of whose calls the thoughts did not come back. */
  readonly lacksThoughts: boolean;
  /** Whether the answer is to go on with what an assistant's message begins. */
  readonly isPrefilled: boolean;
}

/** OpenAI's words, from the least to the most. */
const words = ['minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const;
type Word = (typeof words)[number];

/** The part of the cap that may be thoughts, and its bounds in tokens, as OpenRouter has them; Anthropic asks for 1024. */
const shares: Readonly<Record<Word, number>> = {
  minimal: 0.1,
  low: 0.2,
  medium: 0.5,
  high: 0.8,
  xhigh: 0.95,
  max: 0.95,
};
const leastBudget = 1_024;
const mostBudget = 32_000;

const withoutThoughts =
  'thinking was left off for this turn: the calls that it answers came without their reasoning_details';

const begunAnswer = 'thinking was not asked for: the last message begins the answer';

/** How much the model should think. Newer models keep their thoughts to themselves unless asked to sum them up. */
export function toReasoning({ chat, model, capTokens, lacksThoughts, isPrefilled }: Asked): Reasoning {
  const own = (chat['thinking'] ?? undefined) as ThinkingConfigParam | undefined;
  const reasoning = own ? withOwn(own, chat, model) : toThinking(chat, thinkingProfileOf(model), capTokens);
  const { thinking, warnings, ...rest } = reasoning;
  // Anthropic refuses thinking where the answer is begun already: one that an effort was made into is ours to leave off.
  if (thinking?.type === 'enabled' && !own && isPrefilled) {
    return {
      ...rest,
      warnings: [...warnings.filter((one) => !one.includes('as a thinking budget')), begunAnswer],
    };
  }
  if (thinking?.type !== 'enabled' || !lacksThoughts) return reasoning;
  return {
    ...rest,
    warnings: [...warnings.filter((one) => one !== budgetWarning(thinking.budget_tokens)), withoutThoughts],
  };
}

/** Anthropic's own parameter says more than an effort; that is kept beside it where the model has one. */
function withOwn(thinking: ThinkingConfigParam, chat: ChatRequest, model: string): Reasoning {
  const { efforts } = thinkingProfileOf(model);
  const asked = chat.reasoning_effort ?? 'none';
  return { thinking, ...(asked === 'none' ? { warnings: [] } : toEffort(asked, efforts)) };
}

function toThinking(chat: ChatRequest, profile: ThinkingProfile, capTokens: number): Reasoning {
  const asked = chat.reasoning_effort;
  if (asked === null || asked === undefined) return { warnings: [] };
  if (asked === 'none') return toNone(profile);
  if (profile.mode === 'budget') return toBudget(asked, capTokens, forcesToolUse(chat));
  const effort = toEffort(asked, profile.efforts);
  if (effort.effort === undefined || profile.mode === undefined) return effort;
  if (!forcesToolUse(chat)) return { ...effort, thinking: { type: 'adaptive', display: 'summarized' } };
  // Anthropic refuses thinking where a tool call is forced. The call is what the caller builds on.
  return { ...effort, warnings: [...effort.warnings, 'thinking was not asked for: a tool call is forced'] };
}

function toNone({ off, efforts }: ThinkingProfile): Reasoning {
  if (off === 'unasked') return { warnings: [] };
  if (off !== undefined) return { thinking: { type: off }, warnings: [] };
  const { effort } = toEffort('low', efforts);
  return {
    ...(effort && { effort }),
    warnings: ['the model always thinks: reasoning_effort was set to low'],
  };
}

/** The model's own level that is nearest to the word and asks for no more; for what is below all of them, the least. */
function toEffort(
  word: NonNullable<ChatRequest['reasoning_effort']>,
  efforts: readonly Effort[],
): { effort?: Effort; warnings: string[] } {
  const place = words.findIndex((one) => one === word);
  const [least] = efforts;
  if (place === -1 || least === undefined) return { warnings: ['reasoning_effort is not supported'] };
  const effort = efforts.findLast((one) => words.indexOf(one) <= place) ?? least;
  const isFitted = effort !== words[place];
  return {
    effort,
    warnings: isFitted ? [`reasoning_effort was set to ${effort}, the nearest that the model has`] : [],
  };
}

/** For models that have no effort to set and think up to a budget. */
function toBudget(word: string, capTokens: number, isCallForced: boolean): Reasoning {
  const share = Object.hasOwn(shares, word) ? shares[word as Word] : undefined;
  if (share === undefined) return { warnings: ['reasoning_effort is not supported'] };
  if (isCallForced) return { warnings: ['thinking was not asked for: a tool call is forced'] };
  const budget = Math.max(leastBudget, Math.min(Math.floor(capTokens * share), mostBudget));
  if (budget >= capTokens) return { warnings: ['reasoning_effort is not supported: max_tokens has no room'] };
  return { thinking: { type: 'enabled', budget_tokens: budget }, warnings: [budgetWarning(budget)] };
}

function budgetWarning(tokens: number): string {
  return `reasoning_effort was sent as a thinking budget of ${tokens} tokens`;
}
