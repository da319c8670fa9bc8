import type { ProviderModel } from '../domain/provider.ts';
import { modelFamily } from './model-family.ts';

const common = { takesImages: true, takesTools: true } as const;

/** Source: Anthropic's model pages, September 2026. */
export const anthropicModels: readonly ProviderModel[] = [
  ...modelFamily({ ...common, contextTokens: 1_000_000, maxOutputTokens: 128_000 }, [
    'claude-fable-5-2',
    'claude-fable-5-1',
    'claude-fable-5',
    'claude-mythos-5-2',
    'claude-mythos-5-1',
    'claude-mythos-5',
    'claude-opus-5-5',
    'claude-opus-5',
    'claude-sonnet-5-5',
    'claude-sonnet-5',
    'claude-haiku-5-5',
    'claude-opus-4-8',
    'claude-opus-4-7',
    'claude-opus-4-6',
    'claude-sonnet-4-6',
  ]),
  ...modelFamily({ ...common, contextTokens: 200_000, maxOutputTokens: 64_000 }, [
    'claude-opus-4-5',
    'claude-opus-4-5-20251101',
    'claude-sonnet-4-5',
    'claude-sonnet-4-5-20250929',
    'claude-haiku-4-5',
    'claude-haiku-4-5-20251001',
    'claude-sonnet-4-0',
    'claude-sonnet-4-20250514',
    'claude-3-7-sonnet-latest',
    'claude-3-7-sonnet-20250219',
  ]),
  ...modelFamily({ ...common, contextTokens: 200_000, maxOutputTokens: 32_000 }, [
    'claude-opus-4-1',
    'claude-opus-4-1-20250805',
    'claude-opus-4-0',
    'claude-opus-4-20250514',
  ]),
  ...modelFamily({ ...common, contextTokens: 200_000, maxOutputTokens: 8_192 }, [
    'claude-3-5-sonnet-latest',
    'claude-3-5-sonnet-20241022',
    'claude-3-5-haiku-latest',
    'claude-3-5-haiku-20241022',
  ]),
  ...modelFamily({ ...common, contextTokens: 200_000, maxOutputTokens: 4_096 }, ['claude-3-haiku-20240307']),
];
