import { anthropicCosts, anthropicUsage } from './anthropic-exports.ts';
import type { ExportReader } from './export-cells.ts';
import { openAiCosts, openAiUsage } from './openai-exports.ts';

/** Tried in this order. */
export const exportFormats = {
  'openai-costs': openAiCosts,
  'openai-usage': openAiUsage,
  'anthropic-costs': anthropicCosts,
  'anthropic-usage': anthropicUsage,
} as const satisfies Record<string, ExportReader>;

export type ExportFormat = keyof typeof exportFormats;
