import type { OutputConfig } from '@anthropic-ai/sdk/resources/messages/messages';
import { claudeGeneration, isClaude } from '../../domain/claude-model.ts';

export type Effort = NonNullable<OutputConfig['effort']>;

/** What can be said to a model of how much it should think. */
export interface ThinkingProfile {
  /** The levels of its effort, from the least to the most; none where it has no effort to set. */
  readonly efforts: readonly Effort[];
  /** How it is asked to think: by itself as far as its effort goes, or up to a budget; undefined where it thinks for neither. */
  readonly mode?: 'adaptive' | 'budget';
  /** What keeps it from thinking: nothing does where undefined, and nothing has to where it does not unless it is asked. */
  readonly off?: 'disabled' | 'between_tools' | 'unasked';
}

const all = ['low', 'medium', 'high', 'xhigh', 'max'] as const;
const withoutXhigh = ['low', 'medium', 'high', 'max'] as const;

/**
 * By the model's name, the first that fits. Source: Anthropic's pages "Effort" and "Thinking" and the migration guides of
 * Claude Opus 5.5, Sonnet 5.5 and Haiku 5.5, as of November 2026; `@anthropic-ai/sdk` 1.12.0 has the same levels.
 */
const named: readonly (readonly [RegExp, ThinkingProfile])[] = [
  [/claude-mythos-preview/, { efforts: withoutXhigh, mode: 'adaptive' }],
  [/claude-(?:fable|mythos)/, { efforts: all, mode: 'adaptive' }],
  [/claude-opus-5[-.]5(?!\d)/, { efforts: all, mode: 'adaptive' }],
  [/claude-sonnet-5[-.]5(?!\d)/, { efforts: all, mode: 'adaptive', off: 'between_tools' }],
  // Its effort needs no thinking, and it has no adaptive one.
  [/claude-opus-4[-.]5(?!\d)/, { efforts: ['low', 'medium', 'high'], off: 'unasked' }],
];

const byGeneration: readonly (readonly [number, ThinkingProfile])[] = [
  [4.7, { efforts: all, mode: 'adaptive', off: 'disabled' }],
  [4.6, { efforts: withoutXhigh, mode: 'adaptive', off: 'disabled' }],
  [3.7, { efforts: [], mode: 'budget', off: 'unasked' }],
  [0, { efforts: [], off: 'unasked' }],
];

/** A model whose name says nothing, as at a compatible host, is taken for one of Claude's current ones. */
export function thinkingProfileOf(model: string): ThinkingProfile {
  const generation = claudeGeneration(model);
  const [, profile] =
    named.find(([name]) => name.test(model)) ?? byGeneration.find(([from]) => generation >= from) ?? [];
  return profile ?? { efforts: [] };
}

/**
 * Whether the model thinks where a request says nothing of it. Source: "What's new in Claude Opus 5" ("on Opus 4.8, requests
 * without a thinking field run without thinking; on Opus 5 they run with it") and OpenRouter's guide to Claude 5.5.
 */
export function thinksUnasked(model: string): boolean {
  return isClaude(model) && claudeGeneration(model) >= 5;
}
