import { startFakeProvider, type FakeProvider } from '@weir/testkit/providers/fake-provider';
import { startGateway, testKey, type Gateway } from '@weir/testkit/gateway';
import OpenAI from 'openai';

/** The gateway with one fake provider behind it that speaks all three wire protocols. */
export interface GatewayFixture {
  provider: FakeProvider;
  gateway: Gateway;
  /** The official SDK, unchanged but for its base URL (and its retries, which would hide failures). */
  openai: OpenAI;
  close(): Promise<void>;
}

/** A model of each kind of provider. */
export const models = {
  openai: 'gpt-5-mini',
  anthropic: 'claude-sonnet-4-6',
  ollama: 'ollama/llama3.2',
} as const;

/** The router's settings that put one fake provider behind all three kinds. */
export const settingsFor = (provider: FakeProvider) => ({
  OPENAI_API_KEY: 'sk-test-openai',
  OPENAI_BASE_URL: provider.openaiBaseUrl,
  ANTHROPIC_API_KEY: 'sk-test-anthropic',
  ANTHROPIC_BASE_URL: provider.url,
  OLLAMA_HOST: provider.url,
});

export async function startGatewayFixture(
  routerSettings: Record<string, string> = {},
): Promise<GatewayFixture> {
  const provider = await startFakeProvider();
  const gateway = await startGateway({ router: { ...settingsFor(provider), ...routerSettings } });
  return {
    provider,
    gateway,
    openai: new OpenAI({ baseURL: gateway.baseUrl, apiKey: testKey, maxRetries: 0 }),
    close: async () => {
      await gateway.close();
      await provider.close();
    },
  };
}
