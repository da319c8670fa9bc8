import type { Provider } from '../src/domain/provider.ts';

/** A provider of OpenAI's dialect, of which only what is given matters to a test. */
export function aProvider(fields: Partial<Provider> = {}): Provider {
  return {
    name: 'host',
    dialect: 'openai',
    baseUrl: 'https://llm.example.com/v1',
    credentials: [],
    headers: {},
    query: {},
    outputCapParam: 'max_tokens',
    unsupportedParams: [],
    models: [],
    discoversModels: false,
    ...fields,
  };
}
