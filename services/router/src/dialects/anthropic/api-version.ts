/** What differs between two versions of Anthropic's API, as far as we speak it. */
export interface ApiVersion {
  readonly version: string;
  /** How this version's clients send the credential. */
  credential(apiKey: string): Record<string, string>;
  /** Parameters that this version answers with a 400, whatever the model and the value. */
  readonly refusedParams: readonly string[];
}

/**
 * The default. Callers of a chat API expect `temperature` to work, and only this version takes it (for the models
 * that still do); it is also the one that Anthropic-compatible hosts speak. Nothing that we use is missing from it:
 * a version names only what was removed, while additions such as `output_config` came to both.
 */
export const version20230601: ApiVersion = {
  version: '2023-06-01',
  credential: (apiKey) => ({ 'x-api-key': apiKey }),
  refusedParams: [],
};

/** What `@anthropic-ai/sdk` 1.x sends, for hosts that take nothing older. */
export const version20261021: ApiVersion = {
  version: '2026-10-21',
  credential: (apiKey) => ({ authorization: `Bearer ${apiKey}` }),
  refusedParams: ['temperature', 'top_p', 'top_k'],
};
