import type { Provider } from '../provider.ts';

/** How a target of a config refers to its provider. */
export interface ProviderReference {
  readonly provider?: string | undefined;
  readonly apiKey?: string | undefined;
  readonly customHost?: string | undefined;
}

/** Why there is no such provider: the config's field at fault, and the rest of a sentence that begins with it. */
export interface ProviderProblem {
  readonly field: 'provider' | 'api_key' | 'custom_host';
  readonly message: string;
}

/** Finds providers by what targets say of them. */
export interface ProviderFinder {
  find(reference: ProviderReference): Provider | ProviderProblem;
}
