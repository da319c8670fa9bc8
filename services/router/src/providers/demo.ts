import type { Provider, ProviderModel } from '../domain/provider.ts';
import { anthropicModels, openaiModels } from './known-models.ts';
import { toCredential } from './credential.ts';

const some = (models: readonly ProviderModel[], ids: readonly string[]) =>
  models.filter(({ id }) => ids.includes(id));

const common = {
  credentials: [toCredential('demo')],
  headers: {},
  query: {},
  unsupportedParams: [],
  discoversModels: false,
} as const;

/**
 * One of each kind, all at the demo provider, so that everything can be tried without anybody's key. A real key that is
 * stored for one of them goes to the one of `unkeyed` that it stands in for.
 */
export function demoProviders(url: string, unkeyed: readonly Provider[] = []): Provider[] {
  const providers: Provider[] = [
    {
      ...common,
      name: 'openai',
      dialect: 'openai',
      baseUrl: `${url}/v1`,
      outputCapParam: 'max_completion_tokens',
      models: some(openaiModels, ['gpt-5', 'gpt-5-mini', 'gpt-4.1', 'gpt-4o', 'gpt-4o-mini', 'o4-mini']),
    },
    {
      ...common,
      name: 'anthropic',
      dialect: 'anthropic',
      baseUrl: url,
      outputCapParam: 'max_tokens',
      models: some(anthropicModels, ['claude-opus-4-8', 'claude-sonnet-4-6', 'claude-haiku-4-5']),
    },
    {
      ...common,
      name: 'ollama',
      dialect: 'ollama',
      baseUrl: url,
      outputCapParam: 'max_tokens',
      models: [{ id: 'llama3.2', aliases: ['llama3.2:latest'], takesImages: false, takesTools: true }],
    },
  ];
  return providers.map((demo) => {
    const standsInFor = unkeyed.find(({ name }) => name === demo.name);
    return standsInFor ? { ...demo, standsInFor } : demo;
  });
}
