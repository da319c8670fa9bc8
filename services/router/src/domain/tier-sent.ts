import type { ChatRequest } from '@weir/contracts/chat/request';
import type { Provider } from './provider.ts';

/**
 * The service tier that the provider is really asked for by a name that prices know. Never `batch`, which serves nobody who
 * waits. Anthropic knows only whether priority capacity may be used, and says which tier has served.
 */
export function tierSent(
  { service_tier: tier }: Pick<ChatRequest, 'service_tier'>,
  { dialect, unsupportedParams }: Pick<Provider, 'dialect' | 'unsupportedParams'>,
): string | undefined {
  if (tier === null || tier === 'batch' || unsupportedParams.includes('service_tier')) return undefined;
  switch (dialect) {
    case 'openai':
      return tier;
    case 'anthropic':
      return tier === 'default' ? tier : undefined;
    case 'ollama':
      return undefined;
  }
}
