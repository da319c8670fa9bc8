import type { ProviderModel } from '../domain/provider.ts';

const able = { takesImages: true, takesTools: true } as const;
const blind = { takesImages: false, takesTools: true } as const;

/** Source: OpenAI's model pages, September 2026. Models of the Responses API alone are not among them. */
export const openaiModels: readonly ProviderModel[] = [
  ...modelFamily({ ...able, contextTokens: 1_050_000, maxOutputTokens: 128_000 }, [
    'gpt-5.6-sol',
    'gpt-5.6-terra',
    'gpt-5.6-luna',
    'gpt-5.5',
    'gpt-5.5-2026-04-23',
    'gpt-5.4',
  ]),
  ...modelFamily({ ...able, contextTokens: 400_000, maxOutputTokens: 128_000 }, [
    'gpt-5.4-mini',
    'gpt-5.4-mini-2026-03-17',
    'gpt-5.4-nano',
    'gpt-5.4-nano-2026-03-17',
    'gpt-5.2',
    'gpt-5.2-2025-12-11',
    'gpt-5.1',
    'gpt-5.1-2025-11-13',
    'gpt-5',
    'gpt-5-2025-08-07',
    'gpt-5-mini',
    'gpt-5-mini-2025-08-07',
    'gpt-5-nano',
    'gpt-5-nano-2025-08-07',
  ]),
  ...modelFamily({ ...able, contextTokens: 128_000, maxOutputTokens: 16_384 }, [
    'gpt-4o',
    'gpt-4o-2024-11-20',
    'gpt-4o-2024-08-06',
    'gpt-4o-mini',
    'gpt-4o-mini-2024-07-18',
  ]),
  ...modelFamily({ ...blind, contextTokens: 128_000, maxOutputTokens: 16_384 }, [
    'gpt-4o-audio-preview',
    'gpt-4o-mini-audio-preview',
    'gpt-audio-mini',
  ]),
  // What they take has changed more than once, and is left to OpenAI to judge.
  ...modelFamily({ contextTokens: 128_000, maxOutputTokens: 16_384 }, [
    'gpt-5.3-chat-latest',
    'gpt-5.2-chat-latest',
    'gpt-5.1-chat-latest',
    'gpt-5-chat-latest',
    'gpt-4o-search-preview',
    'gpt-4o-mini-search-preview',
    'chatgpt-4o-latest',
  ]),
  ...modelFamily({ ...able, contextTokens: 1_047_576, maxOutputTokens: 32_768 }, [
    'gpt-4.1',
    'gpt-4.1-2025-04-14',
    'gpt-4.1-mini',
    'gpt-4.1-mini-2025-04-14',
    'gpt-4.1-nano',
    'gpt-4.1-nano-2025-04-14',
  ]),
  ...modelFamily({ ...able, contextTokens: 200_000, maxOutputTokens: 100_000 }, [
    'o4-mini',
    'o4-mini-2025-04-16',
    'o3',
    'o3-2025-04-16',
    'o1',
    'o1-2024-12-17',
  ]),
  ...modelFamily({ ...blind, contextTokens: 200_000, maxOutputTokens: 100_000 }, [
    'o3-mini',
    'o3-mini-2025-01-31',
  ]),
  ...modelFamily({ ...able, contextTokens: 128_000, maxOutputTokens: 4_096 }, [
    'gpt-4o-2024-05-13',
    'gpt-4-turbo',
    'gpt-4-turbo-2024-04-09',
  ]),
  ...modelFamily({ ...blind, contextTokens: 8_192, maxOutputTokens: 8_192 }, ['gpt-4', 'gpt-4-0613']),
  ...modelFamily({ ...blind, contextTokens: 16_385, maxOutputTokens: 4_096 }, [
    'gpt-3.5-turbo',
    'gpt-3.5-turbo-0125',
  ]),
  // Their limits are not published here yet.
  ...modelFamily({}, ['gpt-6-astra', 'gpt-6.1-sol', 'gpt-6.1-terra', 'gpt-6-sol', 'gpt-6-luna']),
];

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

/** Models of the same limits. */
export function modelFamily(limits: Omit<ProviderModel, 'id'>, ids: readonly string[]): ProviderModel[] {
  return ids.map((id) => ({ id, ...limits }));
}
